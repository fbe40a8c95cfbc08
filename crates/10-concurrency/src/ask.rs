//! The client's side of a conversation, with a server that may be full.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cli::{context, print_line, printable};

/// A long line is sent and read back in pieces of this size (see lesson 2).
const PIECE: usize = 64 * 1024;

/// What a server says instead of an answer is read up to this size.
const MAX_NOTICE: u64 = 1024;

/// And not waited for longer.
const NOTICE_LIMIT: Duration = Duration::from_secs(1);

/// Connects, sends each line and prints its answer. Empty lines are skipped: nothing
/// would come back.
///
/// # Errors
///
/// As [`ask`], or it could not connect, or a line could not be read.
pub fn talk(
    addr: SocketAddr,
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
) -> io::Result<()> {
    let stream = TcpStream::connect(addr)
        .map_err(context(format!("cannot connect to {addr}")))?;
    for line in lines {
        let line = line?;
        if !line.is_empty() {
            let answer = ask(&stream, &line).map_err(context(addr))?;
            print_line(&answer);
        }
    }
    Ok(())
}

/// Sends a message and returns its answer, the same in upper case.
///
/// # Errors
///
/// `InvalidData` if something else comes, with what it is: a server that is full
/// says so. `UnexpectedEof` if the server closes before the answer is complete, and
/// the system's errors if it breaks the connection.
pub fn ask(mut stream: &TcpStream, message: &[u8]) -> io::Result<Vec<u8>> {
    let expected = message.to_ascii_uppercase();
    for (piece, expected) in message.chunks(PIECE).zip(expected.chunks(PIECE)) {
        let written = stream.write_all(piece);
        let mut answer = Vec::new();
        let limit = piece.len() as u64;
        // What had come before the write failed may say why.
        let read = stream.take(limit).read_to_end(&mut answer);
        if answer == expected {
            continue;
        }
        if !answer.is_empty() && !expected.starts_with(&answer) {
            return Err(notice(stream, answer));
        }
        written.map_err(context("cannot write"))?;
        read.map_err(context("cannot read"))?;
        let text = "the server closed the connection before its answer was complete";
        return Err(io::Error::new(ErrorKind::UnexpectedEof, text));
    }
    Ok(expected)
}

fn notice(stream: &TcpStream, mut said: Vec<u8>) -> io::Error {
    let _ = stream.set_read_timeout(Some(NOTICE_LIMIT)); // its end may never come
    let _ = stream.take(MAX_NOTICE).read_to_end(&mut said);
    let said = printable(said.trim_ascii_end());
    io::Error::new(ErrorKind::InvalidData, format!("the server said: {said}"))
}
