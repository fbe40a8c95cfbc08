//! Exercise 11.2: one handler for two sockets. Usage: `ex_11_2 [ADDR]`

use std::io::{self, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::ExitCode;

use cli::context;
use socketserver::{DEFAULT_ADDR, GRACE, Model, hear_stops, serve_until, start};

fn main() -> ExitCode {
    cli::main("Usage: ex_11_2 [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;
    let stops = hear_stops()?;
    let listener = TcpListener::bind(addr)
        .map_err(context(format!("cannot listen on {addr}")))?;
    let addr = listener.local_addr()?;
    let socket = UdpSocket::bind(addr)
        .map_err(context(format!("cannot listen on {addr}, UDP")))?;
    println!("listening on {addr}");
    let servers = vec![
        start(listener, count, Model::Threads(100))?,
        start(socket, count, Model::One)?,
    ];
    serve_until(stops, GRACE, servers);
    Ok(())
}

/// Reads to the end, and answers how many bytes that were.
pub fn count<R: Read + Write>(request: &mut R, _peer: &str) -> io::Result<()> {
    let size = io::copy(request, &mut io::sink())?;
    request.write_all(format!("{size}\n").as_bytes())
}
