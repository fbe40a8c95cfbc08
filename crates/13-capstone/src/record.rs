//! The protected channel: records, each with a counter and a tag.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use byteorder::{BigEndian, ByteOrder};
use custom_header::{invalid, read_frame, write_frame};
use hmac_auth::{SIZE, tag, verify};

/// The largest body of a record, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// How many bytes stand in front of the body: counter and kind.
pub(crate) const HEAD: usize = 8 + 1;

/// The largest record: the limit of its frame.
const MAX_RECORD: usize = HEAD + MAX_BODY + SIZE;

/// What a record holds. The first three have the numbers of the file descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// What the command is to read; empty: the end of it.
    Stdin = 0,
    /// What the command has printed.
    Stdout = 1,
    /// What it has complained about.
    Stderr = 2,
    /// A piece of a file.
    File = 3,
    /// A JSON object.
    Message = 4,
    /// The last record of its direction: why the sender ends, UTF-8, may be empty.
    End = 5,
}

impl Kind {
    const ALL: [Kind; 6] = [
        Kind::Stdin,
        Kind::Stdout,
        Kind::Stderr,
        Kind::File,
        Kind::Message,
        Kind::End,
    ];

    fn from_byte(byte: u8) -> io::Result<Self> {
        Kind::ALL.get(usize::from(byte)).copied().ok_or_else(|| {
            invalid(format!("a record of kind {byte}, expected 0 to 5"))
        })
    }
}

/// A record that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it holds.
    pub kind: Kind,
    /// At most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// The sending end of one direction. It has no `Debug`: nobody can log the key.
pub struct Sender<W = TcpStream> {
    writer: W,
    key: [u8; SIZE],
    /// `None` once nothing more can be sent.
    next: Option<u64>,
}

impl<W: Write> Sender<W> {
    /// Begins with counter 0.
    pub fn new(writer: W, key: [u8; SIZE]) -> Self {
        Sender { writer, key, next: Some(0) }
    }

    /// Sends a record with one `write_all`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the body is over [`MAX_BODY`], and nothing is sent. The
    /// writer's: part of the record may be on its way, so all further ones fail, too
    /// (`BrokenPipe`), as they do behind [`Kind::End`].
    pub fn send(&mut self, kind: Kind, body: &[u8]) -> io::Result<()> {
        if body.len() > MAX_BODY {
            let text =
                format!("body of {} bytes, the limit is {MAX_BODY}", body.len());
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        let counter = self.next.take().ok_or_else(|| {
            io::Error::new(ErrorKind::BrokenPipe, "the sending side has ended")
        })?;
        write_frame(&mut self.writer, &seal(&self.key, counter, kind, body))?;
        // Never around to 0 again, which would make a replay possible.
        self.next = counter.checked_add(1).filter(|_| kind != Kind::End);
        Ok(())
    }
}

/// The receiving end of one direction. It has no `Debug`: nobody can log the key.
pub struct Receiver<R = TcpStream> {
    reader: R,
    key: [u8; SIZE],
    /// `None` once nothing more can be received.
    expected: Option<u64>,
    ended: bool,
}

impl<R: Read> Receiver<R> {
    /// Begins with counter 0.
    pub fn new(reader: R, key: [u8; SIZE]) -> Self {
        Receiver { reader, key, expected: Some(0), ended: false }
    }

    /// Goes on with another reader.
    pub(crate) fn over<S: Read>(self, reader: S) -> Receiver<S> {
        let Receiver { key, expected, ended, .. } = self;
        Receiver { reader, key, expected, ended }
    }

    /// Waits for the next record; behind [`Kind::End`] there is `None`.
    ///
    /// # Errors
    ///
    /// `TimedOut` if the reader's time-out is over before a record begins: all is as
    /// it was, and the next call may go on. After any other error nothing more can be
    /// received: `UnexpectedEof` if the stream ends without [`Kind::End`], or if the
    /// rest of a record does not come; `InvalidData` if it was changed, repeated, or
    /// comes out of order, with a sentence that says which; the reader's.
    pub fn receive(&mut self) -> io::Result<Option<Record>> {
        if self.ended {
            return Ok(None);
        }
        let mut first = [0];
        if wait_for(&mut self.reader, &mut first)? == 0 {
            self.expected = None;
            return Err(cut("end of file, and the other side has not ended"));
        }
        let expected = self
            .expected
            .take()
            .ok_or_else(|| cut("nothing can follow what went wrong before"))?;
        let mut frame = first.chain(&mut self.reader);
        let payload = read_frame(&mut frame, MAX_RECORD).map_err(explain)?;
        let record = open(&self.key, expected, &payload.unwrap_or_default())?;
        self.ended = record.kind == Kind::End;
        self.expected = expected.checked_add(1);
        Ok(Some(record))
    }
}

/// The payload of a frame: counter, kind, body, and the tag of these three.
fn seal(key: &[u8; SIZE], counter: u64, kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut record = vec![0; HEAD];
    BigEndian::write_u64(&mut record, counter);
    record[HEAD - 1] = kind as u8;
    record.extend_from_slice(body);
    let tag = tag(key, &record);
    record.extend_from_slice(&tag);
    record
}

/// Checks the payload of a frame: first its tag, for nothing else can be believed
/// before, and then its counter.
fn open(key: &[u8; SIZE], expected: u64, payload: &[u8]) -> io::Result<Record> {
    let Some((record, tag)) = payload
        .split_last_chunk::<SIZE>()
        .filter(|(record, _)| record.len() >= HEAD)
    else {
        let size = payload.len();
        return Err(invalid(format!(
            "a record of {size} bytes, expected {} or more",
            HEAD + SIZE
        )));
    };
    if !verify(key, record, tag) {
        return Err(invalid(format!(
            "record {expected} has a wrong tag: it was changed on the way"
        )));
    }
    let counter = BigEndian::read_u64(record);
    if counter < expected {
        return Err(invalid(format!(
            "record {counter} came a second time, expected record {expected}"
        )));
    }
    if counter > expected {
        return Err(invalid(format!(
            "record {counter} came, expected record {expected}: it is missing or late"
        )));
    }
    let kind = Kind::from_byte(record[HEAD - 1])?;
    Ok(Record { kind, body: record[HEAD..].to_vec() })
}

/// Reads one byte, and returns 0 at the end of file.
fn wait_for(reader: &mut impl Read, byte: &mut [u8; 1]) -> io::Result<usize> {
    loop {
        match reader.read(byte) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => {
                return Err(io::Error::new(ErrorKind::TimedOut, "nothing came"));
            }
            result => return result,
        }
    }
}

fn explain(error: io::Error) -> io::Error {
    match is_timeout(&error) {
        true => cut("the rest of a record does not come"),
        false => error,
    }
}

/// The one kind on Unix, the other on Windows.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn cut(text: &str) -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, format!("cut: {text}"))
}
