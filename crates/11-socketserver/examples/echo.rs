//! Lesson 1 on the framework: one read, one answer. Usage: `echo [ADDR]`

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use socketserver::{Model, serve_forever, start};

fn main() -> ExitCode {
    cli::main("Usage: echo [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address("127.0.0.1:7001")?;
    args.finish()?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    Ok(serve_forever(start(listener, handle, Model::One)?)?)
}

/// Lesson 1's own function, as it is.
pub fn handle(stream: &mut TcpStream, _peer: &str) -> io::Result<()> {
    echo::answer(stream.try_clone()?)
}
