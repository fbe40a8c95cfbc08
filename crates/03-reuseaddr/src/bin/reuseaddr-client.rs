//! Usage: `reuseaddr-client [--connections N] [--connect-timeout SECONDS] [ADDR]`

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Usage: reuseaddr-client [--connections N] [--connect-timeout SECONDS] [ADDR]

Opens connections, says what became of each, and holds them open until the end of
input (Ctrl-D; Ctrl-Z and Enter on Windows).

  ADDR                       IP:PORT of the server (default 127.0.0.1:7003)
  --connections N            how many (default 1, at most 10000)
  --connect-timeout SECONDS  how long to wait for each (default 1)
  -h, --help                 print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let count = args.number("--connections", 1..=10_000)?.unwrap_or(1);
    let timeout = args.seconds("--connect-timeout")?;
    let addr = args.address(reuseaddr::DEFAULT_ADDR)?;
    args.finish()?;

    let timeout = timeout.unwrap_or(Duration::from_secs(1));
    let (streams, last_error) = reuseaddr::connect(addr, count, timeout);
    if !streams.is_empty() {
        if io::stdin().is_terminal() {
            eprintln!("held open until the end of input (Ctrl-D)");
        }
        io::copy(&mut io::stdin(), &mut io::sink())?;
    }
    match last_error {
        None => Ok(()),
        Some(error) => {
            let failed = count - streams.len();
            let text = format!("{failed} of {count} connections to {addr} failed");
            Err(io::Error::new(error.kind(), text).into())
        }
    }
}
