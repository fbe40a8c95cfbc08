//! Messages on a stream of bytes: a frame is a length and then that many bytes.
//!
//! | bytes | what they are |
//! | --- | --- |
//! | 4 | length N, unsigned, big-endian (with `--little` little-endian) |
//! | N | the message; N may be 0 |

use std::io::{self, ErrorKind, Read};

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use cli::context;

/// The longest message, in bytes: 1 MiB.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// How many bytes the length takes.
const LENGTH_SIZE: usize = 4;

/// In which order the four bytes of the length travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The most significant byte first: network byte order ([RFC 791], appendix B).
    ///
    /// [RFC 791]: https://www.rfc-editor.org/rfc/rfc791
    Big,
    /// The least significant byte first, as a PC keeps its numbers in memory.
    Little,
}

impl Order {
    fn read(self, length: &[u8; LENGTH_SIZE]) -> u32 {
        match self {
            Order::Big => BigEndian::read_u32(length),
            Order::Little => LittleEndian::read_u32(length),
        }
    }

    fn write(self, length: &mut [u8; LENGTH_SIZE], number: u32) {
        match self {
            Order::Big => BigEndian::write_u32(length, number),
            Order::Little => LittleEndian::write_u32(length, number),
        }
    }
}

/// The bytes that carry a message: its length and itself, ready for one `write_all`.
///
/// # Errors
///
/// `InvalidInput` if the message is longer than [`MAX_MESSAGE`]: no reader takes it.
pub fn frame(message: &[u8], order: Order) -> io::Result<Vec<u8>> {
    if message.len() > MAX_MESSAGE {
        let size = message.len();
        let text = format!(
            "a message of {size} bytes is over the limit of {MAX_MESSAGE} bytes"
        );
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let mut length = [0; LENGTH_SIZE];
    order.write(&mut length, message.len() as u32);
    // In one piece: written apart, the message would wait for the acknowledgement of
    // its length (Nagle), which the other side may delay: 40 ms on Linux.
    Ok([&length, message].concat())
}

/// Reads one message, however many reads it takes; `None` at a clean end, an end of
/// file where a frame could begin.
///
/// # Errors
///
/// `InvalidData` if the length is over [`MAX_MESSAGE`]: nothing is allocated, and
/// the stream is out of step. `UnexpectedEof` if the frame is cut. Otherwise the
/// reader's.
pub fn read_message(
    reader: &mut impl Read,
    order: Order,
) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; LENGTH_SIZE];
    match fill(reader, &mut length)? {
        0 => return Ok(None),
        LENGTH_SIZE => {}
        size => return Err(cut(size, LENGTH_SIZE, "length")),
    }
    let number = order.read(&length);
    if number as usize > MAX_MESSAGE {
        return Err(too_long(length, order));
    }
    let mut message = vec![0; number as usize];
    match fill(reader, &mut message)? {
        size if size == message.len() => Ok(Some(message)),
        size => Err(cut(size, message.len(), "body")),
    }
}

/// Reads until the buffer is full or the end of file, and returns how many bytes
/// came: `read_exact` that can tell a clean end from a cut.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(size) => filled += size,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(context("cannot read")(error)),
        }
    }
    Ok(filled)
}

fn cut(size: usize, expected: usize, part: &str) -> io::Error {
    let text = format!(
        "message cut: end of file after {size} of {expected} bytes of its {part}"
    );
    io::Error::new(ErrorKind::UnexpectedEof, text)
}

fn too_long(length: [u8; LENGTH_SIZE], order: Order) -> io::Error {
    let (other, other_name) = match order {
        Order::Big => (Order::Little, "little-endian"),
        Order::Little => (Order::Big, "big-endian"),
    };
    let (number, swapped) = (order.read(&length), other.read(&length));
    let question = if swapped as usize <= MAX_MESSAGE {
        "does the peer use the other byte order?"
    } else {
        "does the peer send a length at all?"
    };
    let [a, b, c, d] = length;
    let text = format!(
        "length {number} ({a:02x} {b:02x} {c:02x} {d:02x}) is over the limit of \
         {MAX_MESSAGE} bytes\n  Read {other_name} it is {swapped}: {question}"
    );
    io::Error::new(ErrorKind::InvalidData, text)
}

/// A stream that is read in small pieces: for the lesson, which shows that the size
/// of a read does not matter to [`read_message`].
#[derive(Debug)]
pub struct Pieces<R> {
    /// Where the bytes come from.
    pub reader: R,
    /// How many bytes one read takes at most.
    pub size: usize,
    /// How many reads there have been.
    pub reads: u64,
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        let size = buffer.len().min(self.size);
        self.reader.read(&mut buffer[..size])
    }
}
