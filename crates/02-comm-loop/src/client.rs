//! The client's ways to talk: the right one, and those that the chapter needs.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use cli::context;

/// A long line is sent and read back in pieces of this size. If the client wrote it
/// all before it read, both sides could wait for ever, each for the other to read.
const PIECE: usize = 64 * 1024;

/// Sends a message and returns its answer, which is as long as the message: the
/// client knows how much to wait for, whatever the size of the pieces it comes in.
///
/// # Errors
///
/// `UnexpectedEof` if the server closes before the answer is complete,
/// `ConnectionReset` or `BrokenPipe` if it breaks the connection.
pub fn ask(stream: &mut TcpStream, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut answer = message.to_vec();
    for piece in answer.chunks_mut(PIECE) {
        stream.write_all(piece).map_err(context("cannot write"))?;
        stream.read_exact(piece).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => closed(),
            _ => context("cannot read")(error),
        })?;
    }
    Ok(answer)
}

/// Sends an empty message, which puts nothing on the wire, and waits for its answer as
/// the old tutorials do: for any byte at all.
///
/// # Errors
///
/// As [`ask`].
pub fn send_empty(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"").map_err(context("cannot write"))?;
    wait_for_a_byte(stream)
}

/// Sends a message, waits until its answer is there, and closes without reading it:
/// the system then sends a reset (RST) instead of an end of file (RFC 9293, 3.6).
///
/// # Errors
///
/// As [`ask`].
pub fn send_and_reset(mut stream: TcpStream, message: &[u8]) -> io::Result<()> {
    stream.write_all(message).map_err(context("cannot write"))?;
    // What is left in the receive buffer: that is what makes the reset.
    wait_for_a_byte(&stream)
}

/// Waits until a byte has come, and leaves it in the receive buffer (MSG_PEEK).
fn wait_for_a_byte(stream: &TcpStream) -> io::Result<()> {
    loop {
        return match stream.peek(&mut [0]) {
            // Stopped and continued, on a stream with a time-out: see `talk`.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(context("cannot read")(error)),
            Ok(0) => Err(closed()),
            Ok(_) => Ok(()),
        };
    }
}

/// Sends all lines without reading, says that no more will come (half close,
/// [shutdown(2)]), and then reads all answers until the server's end of file.
///
/// # Errors
///
/// `InvalidInput` beyond 64 KiB: who writes without reading fills the buffers of both
/// sides, and then both wait for ever. Otherwise as [`ask`].
///
/// [shutdown(2)]: https://man7.org/linux/man-pages/man2/shutdown.2.html
pub fn send_all_then_read(
    mut stream: TcpStream,
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
) -> io::Result<Vec<u8>> {
    let mut total = 0;
    for line in lines {
        let line = line?;
        total += line.len();
        if total > PIECE {
            let text = "--half-close does not read while it writes, so it sends at \
                        most 64 KiB: with more, both sides could wait for ever";
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        stream.write_all(&line).map_err(context("cannot write"))?;
    }
    stream.shutdown(Shutdown::Write).map_err(context("cannot shut down"))?;
    let mut answers = Vec::new();
    // One byte for each that was sent; a server that sends more is not believed.
    let limit = total as u64;
    stream.take(limit).read_to_end(&mut answers).map_err(context("cannot read"))?;
    if answers.len() < total {
        return Err(closed());
    }
    Ok(answers)
}

fn closed() -> io::Error {
    let text = "the server closed the connection before its answer was complete";
    io::Error::new(ErrorKind::UnexpectedEof, text)
}
