//! Lesson 1: a server that accepts one client, reads once, answers once, and ends.
//!
//! On the wire: the client's bytes go one way; at most the first 1024 of them come
//! back with ASCII a-z in upper case and everything else unchanged; then the end of
//! file.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use cli::{context, show};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7001";

/// How many bytes the server reads at most, in its one read.
pub const BUFFER_SIZE: usize = 1024;

/// How many bytes of an answer the client takes at most.
const MAX_REPLY: u64 = 64 * 1024;

/// Waits for one client ([accept(2)]) and answers it.
///
/// # Errors
///
/// As [`answer`], with the client's address; or accept's own error.
///
/// [accept(2)]: https://man7.org/linux/man-pages/man2/accept.2.html
pub fn serve_one(listener: &TcpListener) -> io::Result<()> {
    let (stream, peer) = listener.accept().map_err(context("cannot accept"))?;
    println!("{peer} connected");
    answer(stream).map_err(context(peer))
}

/// Reads once, at most [`BUFFER_SIZE`] bytes, and sends them back in upper case.
/// What the client sent beyond that stays unread.
///
/// # Errors
///
/// `ConnectionReset` or `BrokenPipe` if the client breaks the connection.
pub fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    let size = stream.read(&mut buffer).map_err(context("cannot read"))?;
    if size == 0 {
        println!("end of file: the client left without a word");
        return Ok(());
    }
    let message = &buffer[..size];
    println!("received {size} bytes: {}", show(message));
    let reply = message.to_ascii_uppercase();
    stream.write_all(&reply).map_err(context("cannot write"))?;
    println!("sent {} bytes: {}", reply.len(), show(&reply));
    Ok(())
}

/// The client's side: sends `message`, then prints what comes back until the end of
/// file.
///
/// # Errors
///
/// `ConnectionReset` or `BrokenPipe` if the server breaks the connection; what had
/// arrived until then has been printed. `UnexpectedEof` if it closes without a word,
/// `InvalidData` if the answer does not end within 64 KiB.
pub fn ask(mut stream: TcpStream, message: &[u8]) -> io::Result<()> {
    stream.write_all(message).map_err(context("cannot write"))?;
    println!("sent {} bytes: {}", message.len(), show(message));
    let mut reply = Vec::new();
    let end = stream.take(MAX_REPLY).read_to_end(&mut reply);
    if !reply.is_empty() {
        println!("received {} bytes: {}", reply.len(), show(&reply));
    }
    match end.map_err(context("cannot read"))? as u64 {
        0 => Err(io::Error::new(
            ErrorKind::UnexpectedEof,
            "the server closed the connection without an answer",
        )),
        MAX_REPLY => Err(io::Error::new(
            ErrorKind::InvalidData,
            "the answer does not end within 64 KiB: the rest is not read",
        )),
        _ => Ok(()),
    }
}
