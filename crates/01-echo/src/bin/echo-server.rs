//! Usage: `echo-server [ADDR]`

use std::net::TcpListener;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: echo-server [ADDR]

Accepts one client, reads once (at most 1024 bytes), answers in upper case, ends.

  ADDR        IP:PORT to listen on (default 127.0.0.1:7001; port 0: any free one)
  -h, --help  print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(echo::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    echo::serve_one(&listener)?;
    Ok(())
}
