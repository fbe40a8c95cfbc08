//! Usage: `echo-client [ADDR] [MESSAGE]`

use std::net::TcpStream;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: echo-client [--repeat N] [ADDR] [MESSAGE]

Sends MESSAGE and prints the reply.

  ADDR        IP:PORT of the server (default 127.0.0.1:7001)
  MESSAGE     what to send (default hello); one that looks like an address goes
              behind -- or behind ADDR
  --repeat N  send MESSAGE N times over, as one message of at most 1 MiB
  -h, --help  print this help
";

const MAX_MESSAGE: usize = 1024 * 1024;

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let repeat = args.option("--repeat", "a whole number")?.unwrap_or(1);
    let addr = args.address_if_any(echo::DEFAULT_ADDR)?;
    let message = args.positional()?.unwrap_or("hello".to_string());
    args.finish()?;
    if message.len().saturating_mul(repeat) > MAX_MESSAGE {
        let text = format!(
            "--repeat {repeat} makes the message too long, expected at most 1 MiB"
        );
        return Err(cli::Error::Usage(text));
    }

    let stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    echo::ask(stream, message.repeat(repeat).as_bytes())
        .map_err(cli::context(addr))?;
    Ok(())
}
