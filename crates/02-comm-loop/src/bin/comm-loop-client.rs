//! Usage: `comm-loop-client [--send-empty | --half-close | --reset] [ADDR]`

use std::io;
use std::net::TcpStream;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: comm-loop-client [--send-empty | --half-close | --reset] [ADDR]

Sends each line that you type and prints the answer, until the end of input (Ctrl-D;
Ctrl-Z and Enter on Windows) or the line quit. Empty lines are skipped.

  ADDR          IP:PORT of the server (default 127.0.0.1:7002)
  --send-empty  send empty lines too, and wait for the answer
  --half-close  send all lines first, shut down the sending side, then read
  --reset       send one line, then close without reading the answer
  -h, --help    print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let send_empty = args.flag("--send-empty");
    let half_close = args.flag("--half-close");
    let reset = args.flag("--reset");
    let addr = args.address(comm_loop::DEFAULT_ADDR)?;
    args.finish()?;
    if [send_empty, half_close, reset].iter().filter(|flag| **flag).count() > 1 {
        let text = "expected only one of --send-empty, --half-close and --reset";
        return Err(cli::Error::Usage(text.to_string()));
    }

    let mut stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    let result = if half_close {
        comm_loop::send_all_then_read(stream, cli::lines())
            .map(|answers| cli::print_line(&answers))
    } else if reset {
        match cli::lines().next() {
            Some(line) => comm_loop::send_and_reset(stream, &line?),
            None => Ok(()),
        }
    } else {
        talk(&mut stream, send_empty)
    };
    result.map_err(cli::context(addr))?;
    Ok(())
}

fn talk(stream: &mut TcpStream, send_empty: bool) -> io::Result<()> {
    for line in cli::lines() {
        match line? {
            line if !line.is_empty() => {
                cli::print_line(&comm_loop::ask(stream, &line)?);
            }
            _ if send_empty => comm_loop::send_empty(stream)?,
            _ => {}
        }
    }
    Ok(())
}
