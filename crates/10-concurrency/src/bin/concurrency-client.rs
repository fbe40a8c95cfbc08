//! Usage: `concurrency-client [ADDR]`

use std::net::TcpStream;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: concurrency-client [ADDR]

Sends each line that you type and prints the answer, until the end of input or quit.

  ADDR        IP:PORT of the server (default 127.0.0.1:7010)
  -h, --help  print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(concurrency::DEFAULT_ADDR)?;
    args.finish()?;
    let stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    for line in cli::lines() {
        let line = line?;
        if !line.is_empty() {
            let answer = concurrency::ask(&stream, &line);
            cli::print_line(&answer.map_err(cli::context(addr))?);
        }
    }
    Ok(())
}
