//! A handler that is a closure: each client gets its number. Usage: `number [ADDR]`

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use socketserver::{DEFAULT_ADDR, Model, serve_forever, start};

fn main() -> ExitCode {
    cli::main("Usage: number [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    Ok(serve_forever(start(listener, numbering(), Model::Threads(100))?)?)
}

/// The closure owns the count, and all its threads share it.
pub fn numbering() -> impl Fn(&mut TcpStream, &str) -> io::Result<()> {
    let count = AtomicUsize::new(0);
    move |stream, _peer| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        stream.write_all(format!("you are client {number}\n").as_bytes())
    }
}
