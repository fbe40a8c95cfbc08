//! Lesson 8 on the framework: a datagram in, a datagram back. Usage: `udp [ADDR]`

use std::io::{self, Read, Write};
use std::net::UdpSocket;
use std::process::ExitCode;

use socketserver::{Datagram, Model, serve_forever, start};

fn main() -> ExitCode {
    cli::main("Usage: udp [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address("127.0.0.1:7008")?;
    args.finish()?;
    let socket = UdpSocket::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", socket.local_addr()?);
    Ok(serve_forever(start(socket, handle, Model::One)?)?)
}

/// Reads the datagram to its end; what is written is its answer.
pub fn handle(datagram: &mut Datagram, _peer: &str) -> io::Result<()> {
    let mut message = Vec::new();
    datagram.read_to_end(&mut message)?;
    datagram.write_all(&message.to_ascii_uppercase())
}
