//! Usage: `udp-server [--read-size N] [--by-hand] [ADDR]`

use std::net::UdpSocket;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: udp-server [--read-size N] [--by-hand] [ADDR]

Answers every datagram in upper case. Ctrl-C ends the server.

  ADDR           IP:PORT to receive at (default 127.0.0.1:7008; port 0: any free one)
  --read-size N  how many bytes one receive takes at most (default 65536, 1 to 65536)
  --by-hand      take one datagram for each line that you type: Enter answers it,
                 drop throws it away, as a network may; quit ends the server
  -h, --help     print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let read_size = args.number("--read-size", 1..=udp::BUFFER_SIZE)?;
    let by_hand = args.flag("--by-hand");
    let addr = args.address(udp::DEFAULT_ADDR)?;
    args.finish()?;

    let read_size = read_size.unwrap_or(udp::BUFFER_SIZE);
    let socket = UdpSocket::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", socket.local_addr()?);
    if by_hand {
        udp::serve_by_hand(&socket, read_size, cli::lines())?;
        return Ok(());
    }
    udp::serve(&socket, read_size)
}
