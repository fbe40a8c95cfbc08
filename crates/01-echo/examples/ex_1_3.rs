//! Usage: ex_1_3 [ADDR] (exercise 1.3: upper case for everybody)

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use cli::{context, show};

const USAGE: &str = "\
Usage: ex_1_3 [ADDR]

Lesson 1's server, with upper case for every letter that has one.
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(echo::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    let (stream, peer) = listener.accept().map_err(context("cannot accept"))?;
    println!("{peer} connected");
    answer(stream).map_err(context(peer))?;
    Ok(())
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; echo::BUFFER_SIZE];
    let size = stream.read(&mut buffer).map_err(context("cannot read"))?;
    if size == 0 {
        println!("end of file: the client left without a word");
        return Ok(());
    }
    let message = &buffer[..size];
    println!("received {size} bytes: {}", show(message));
    let reply = upper_case(message);
    stream.write_all(&reply).map_err(context("cannot write"))?;
    println!("sent {} bytes: {}", reply.len(), show(&reply));
    Ok(())
}

fn upper_case(message: &[u8]) -> Vec<u8> {
    match str::from_utf8(message) {
        Ok(text) => text.to_uppercase().into_bytes(),
        Err(_) => message.to_ascii_uppercase(),
    }
}
