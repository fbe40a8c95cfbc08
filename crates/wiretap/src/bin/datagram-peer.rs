//! Usage: `datagram-peer [--listen ADDR [--answer] | --to ADDR]`: either side of a
//! scene with UDP.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::thread;

use cli::{Error, context, show};

const USAGE: &str = "\
Usage: datagram-peer [--listen ADDR [--answer] | --to ADDR]

Either side of a talk in datagrams, for trying out wiretap --udp.

  --listen ADDR  prints each datagram that comes
  --answer       and sends it back in upper case
  --to ADDR      sends each line that you type, and prints what comes back
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), Error> {
    let listen = args.option::<SocketAddr>("--listen", "IP:PORT")?;
    let to = args.option::<SocketAddr>("--to", "IP:PORT")?;
    let answers = args.flag("--answer");
    args.finish()?;
    match (listen, to) {
        (Some(address), None) => Ok(hear(address, answers)?),
        (None, Some(address)) if !answers => Ok(ask(address)?),
        _ => Err(Error::Usage("expected either --listen or --to".to_string())),
    }
}

fn hear(address: SocketAddr, answers: bool) -> io::Result<()> {
    let socket = UdpSocket::bind(address)
        .map_err(context(format!("cannot listen on {address}")))?;
    println!("listening on {}", socket.local_addr()?);
    let mut buffer = vec![0; 65_535];
    loop {
        let (size, peer) = socket.recv_from(&mut buffer)?;
        println!("received {size} bytes: {}", show(&buffer[..size]));
        if answers {
            socket.send_to(&buffer[..size].to_ascii_uppercase(), peer)?;
        }
    }
}

fn ask(address: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let ear = socket.try_clone()?;
    thread::spawn(move || {
        let mut buffer = vec![0; 65_535];
        while let Ok((size, _)) = ear.recv_from(&mut buffer) {
            println!("received {size} bytes: {}", show(&buffer[..size]));
        }
    });
    for line in cli::lines() {
        socket.send_to(&line?, address)?;
    }
    Ok(())
}
