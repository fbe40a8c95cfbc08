//! Lesson 6: length, header, body: the remote shell of lesson 4, repaired.
//!
//! | bytes of a frame | what they are |
//! | --- | --- |
//! | 4 | length N of the payload, unsigned, big-endian (network byte order) |
//! | N | the payload; N may be 0 |
//!
//! A request is a frame with the command, UTF-8. The answer is a frame with a
//! [`Header`], a JSON object, and then `total_size` bytes: stdout's, then stderr's.

mod answer;
mod client;
mod close;
mod header;
mod json;
mod server;

use std::io::{self, ErrorKind, Read, Write};

use byteorder::{BigEndian, ByteOrder, WriteBytesExt};

pub use client::{ask_once, read_body, read_header, talk, talk_at_once};
pub use close::close_gently;
pub use header::Header;
pub use json::{Object, invalid, member, parse_object};
pub use server::{serve, serve_bytes, talk as answer_all};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7006";

/// The largest command or header, in bytes.
pub const MAX_COMMAND: usize = 64 * 1024;

/// The largest message of any kind, in bytes.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// How many bytes the length takes.
const LENGTH_SIZE: usize = 4;

/// Writes a frame, length and payload, with one `write_all`.
///
/// # Errors
///
/// `InvalidInput` if the payload is longer than [`MAX_MESSAGE`]: no reader would take
/// it, and nothing is written. Otherwise the writer's.
pub fn write_frame(writer: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    let length = match u32::try_from(payload.len()) {
        Ok(length) if payload.len() <= MAX_MESSAGE => length,
        _ => {
            let text = too_long(payload.len(), MAX_MESSAGE);
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
    };
    // Written apart, the payload could wait for the acknowledgement of the length
    // (Nagle), which the other side may delay: 40 ms lost on Linux.
    let mut frame = Vec::with_capacity(LENGTH_SIZE + payload.len());
    frame.write_u32::<BigEndian>(length)?;
    frame.extend_from_slice(payload);
    writer.write_all(&frame)
}

/// Reads a frame and returns its payload, or `None` at a clean end: end of file where
/// a frame could begin.
///
/// # Errors
///
/// `InvalidData` if the length is over `limit`: nothing is allocated, the payload is
/// not read, and so the stream is out of step. `UnexpectedEof` if the frame is cut.
/// Otherwise the reader's.
pub fn read_frame(
    reader: &mut impl Read,
    limit: usize,
) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; LENGTH_SIZE];
    match fill(reader, &mut length)? {
        0 => return Ok(None),
        LENGTH_SIZE => {}
        size => return Err(cut(size, LENGTH_SIZE, "length")),
    }
    let length = BigEndian::read_u32(&length) as usize;
    if length > limit {
        return Err(invalid(too_long(length, limit)));
    }
    let mut payload = vec![0; length];
    match fill(reader, &mut payload)? {
        size if size == length => Ok(Some(payload)),
        size => Err(cut(size, length, "payload")),
    }
}

/// Reads until the buffer is full or the end of file, and returns how many bytes came:
/// `read_exact` that can tell a clean end from a cut.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(size) => filled += size,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn too_long(length: usize, limit: usize) -> String {
    format!("frame too long: {length} bytes, the limit is {limit}")
}

fn cut(size: usize, expected: usize, part: &str) -> io::Error {
    let text = format!(
        "frame cut: end of file after {size} of {expected} bytes of its {part}"
    );
    io::Error::new(ErrorKind::UnexpectedEof, text)
}
