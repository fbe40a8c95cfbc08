//! One message and its answer, and what may come instead.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cli::context;

use crate::Failure;

/// A long line is sent and read back in pieces of this size (see lesson 2).
const PIECE: usize = 64 * 1024;

/// The longest line that a server may say instead of an answer.
const MAX_WORDS: usize = 200;

/// It is not waited for longer.
const WORDS_LIMIT: Duration = Duration::from_secs(1);

/// Sends a message and reads its answer, which is as long as the message.
pub(crate) fn exchange(
    stream: &mut TcpStream,
    message: &[u8],
) -> Result<Vec<u8>, Failure> {
    let mut answer = Vec::with_capacity(message.len());
    for piece in message.chunks(PIECE) {
        let sent = stream.write_all(piece).map_err(context("cannot write"));
        let came = sent.and_then(|()| read_up_to(stream, piece.len()));
        let came = came.map_err(Failure::Unknown)?;
        // No answer begins with a small letter, and a refusal does.
        if answer.is_empty() && came.first().is_some_and(u8::is_ascii_lowercase) {
            return Err(Failure::NotDone(words(stream, came)));
        }
        if came.len() < piece.len() {
            let text = "the server closed the connection before its answer was \
                        complete";
            let error = io::Error::new(ErrorKind::UnexpectedEof, text);
            return Err(Failure::Unknown(error));
        }
        answer.extend(came);
    }
    Ok(answer)
}

fn read_up_to(stream: &mut TcpStream, size: usize) -> io::Result<Vec<u8>> {
    let mut came = Vec::with_capacity(size);
    stream
        .take(size as u64)
        .read_to_end(&mut came)
        .map_err(context("cannot read"))?;
    Ok(came)
}

/// What a server says that gives no answer, the end of a line that has begun.
pub(crate) fn words(stream: &mut TcpStream, mut line: Vec<u8>) -> io::Error {
    let _ = stream.set_read_timeout(Some(WORDS_LIMIT)); // its end may never come
    let mut byte = [0];
    while !line.contains(&b'\n') && line.len() < MAX_WORDS {
        match stream.read_exact(&mut byte) {
            Ok(()) => line.extend(byte),
            Err(_) => break,
        }
    }
    let line = cli::printable(line.trim_ascii_end());
    io::Error::other(format!("the server said: {line}"))
}
