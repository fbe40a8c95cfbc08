//! Usage: `socketserver-client [OPTIONS] [ADDR]`

use std::process::ExitCode;
use std::time::Duration;

use cli::{complain, show};
use socketserver::{Client, DEFAULT_ADDR, Failure, Retry};

const USAGE: &str = "\
Usage: socketserver-client [OPTIONS] [ADDR]

Sends each line that you type and prints the answer, until the end of input or the
line quit. Empty lines are skipped. When the server goes and comes back, so does the
client; a line that may have been done already is not sent again.

  ADDR        IP:PORT of the server (default 127.0.0.1:7011)
  --tries N   how often to try to connect (default 5)
  --pause MS  the longest pause after the first failure, doubled after each other one
              (default 200)
  --resend    send a line again that may have been done already
  -h, --help  print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let tries = args.number("--tries", 1..=1000)?.unwrap_or(5) as u32;
    let pause = args.number("--pause", 1..=60_000)?.unwrap_or(200) as u64;
    let resend = args.flag("--resend");
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;

    let pause = Duration::from_millis(pause);
    let mut client = Client::connect(addr, Retry { tries, pause })?;
    let mut lost = 0;
    for line in cli::lines() {
        let line = line?;
        let answer = match resend {
            _ if line.is_empty() => continue,
            true => client.ask_until_answered(&line),
            false => client.ask(&line),
        };
        match answer {
            Ok(answer) => cli::print_line(&answer),
            Err(Failure::NotDone(error)) => return Err(error.into()),
            Err(Failure::Unknown(error)) => {
                complain(format!("socketserver-client: {error}"));
                complain(format!("  {} may have been done, or not.", show(&line)));
                lost += 1;
            }
        }
    }
    if lost == 0 { Ok(()) } else { Err(cli::Error::Status(1)) }
}
