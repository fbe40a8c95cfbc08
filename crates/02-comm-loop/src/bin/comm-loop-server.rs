//! Usage: `comm-loop-server [--idle-timeout SECONDS] [ADDR]`

use std::net::TcpListener;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: comm-loop-server [--idle-timeout SECONDS] [ADDR]

Serves one client after the other: every byte comes back in upper case until the
client closes. Ctrl-C ends the server.

  ADDR                    IP:PORT to listen on (default 127.0.0.1:7002; port 0: any
                          free one)
  --idle-timeout SECONDS  drop a client that neither sends nor takes anything for so
                          long (default: wait for ever)
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let idle_timeout = args.seconds("--idle-timeout")?;
    let addr = args.address(comm_loop::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    comm_loop::serve(&listener, idle_timeout)
}
