//! Usage: `udp-client [OPTIONS] [ADDR]`

use std::process::ExitCode;
use std::time::Duration;

use udp::Client;

const USAGE: &str = "\
Usage: udp-client [--timeout SECONDS] [--retries N] [--connect] [--size N] [ADDR]

Sends each line that you type as one datagram and prints the answer, until the end of
input (Ctrl-D; Ctrl-Z and Enter on Windows) or the line quit.

  ADDR               IP:PORT of the server (default 127.0.0.1:7008)
  --timeout SECONDS  how long each try waits for the answer (default 1)
  --retries N        how often a message is sent again (default 3, 0 to 100)
  --connect          connect the socket: no strangers, and ICMP's refusal is heard
  --size N           send one message of N bytes instead, unchecked: the system may
                     refuse it
  -h, --help         print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let timeout = args.seconds("--timeout")?.unwrap_or(Duration::from_secs(1));
    let retries = args.number("--retries", 0..=100)?.unwrap_or(3);
    let connect = args.flag("--connect");
    let size = args.number("--size", 0..=1_000_000)?;
    let addr = args.address(udp::DEFAULT_ADDR)?;
    args.finish()?;

    let client = Client::new(addr, connect, timeout, retries)?;
    let unanswered = match size {
        Some(size) => ask_once(&client, &vec![b'x'; size]),
        None => udp::talk(&client, cli::lines()),
    };
    match unanswered.map_err(cli::context(addr))? {
        0 => Ok(()),
        _ => Err(cli::Error::Status(1)), // each has been named
    }
}

fn ask_once(client: &Client, message: &[u8]) -> std::io::Result<usize> {
    match client.ask(message)? {
        Some(answer) => println!("{} bytes: {}", answer.len(), cli::show(&answer)),
        None => {
            cli::complain("no answer");
            return Ok(1);
        }
    }
    Ok(0)
}
