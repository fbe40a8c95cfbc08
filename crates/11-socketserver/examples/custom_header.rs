//! Lesson 6 on the framework: commands, answered with a header.
//!
//! Usage: `custom_header [--allow-remote] [ADDR]`

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use remote_shell::Limits;
use socketserver::{Model, serve_forever, start};

const LIMITS: Limits =
    Limits { timeout: Duration::from_secs(30), max_output: 16 * 1024 * 1024 };

fn main() -> ExitCode {
    cli::main("Usage: custom_header [--allow-remote] [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let danger = "run any command on this one";
    let addr = args.guarded_address("127.0.0.1:7006", danger)?;
    args.finish()?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    Ok(serve_forever(start(listener, handle, Model::Threads(1024))?)?)
}

/// Lesson 6's own function, as it is.
pub fn handle(stream: &mut TcpStream, _peer: &str) -> io::Result<()> {
    custom_header::answer_all(stream, stream.peer_addr()?, LIMITS)
}
