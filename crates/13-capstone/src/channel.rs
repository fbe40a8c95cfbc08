//! The two ends of the protected channel: nothing arrives changed, twice, or out of
//! order, and an end that nobody has sent is a cut.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use custom_header::{read_frame, write_frame};
use hmac_auth::SIZE;

use crate::deadline::is_timeout;
use crate::record::{Kind, MAX_BODY, MAX_RECORD, Record, open, seal};

/// How long a record may take that has begun. Without this, who has cut a user off
/// could keep the connection for weeks, with one byte before each time-out.
const LIMIT: Duration = Duration::from_secs(60);

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
    /// it was, and the next call may go on. After any other error nothing more can
    /// be received: `UnexpectedEof` if the stream ends without [`Kind::End`], or if
    /// the rest of a record does not come, all of it within 60 s; `InvalidData` if it
    /// was changed, repeated, or comes out of order, with a sentence that says which;
    /// the reader's.
    pub fn receive(&mut self) -> io::Result<Option<Record>> {
        if self.ended {
            return Ok(None);
        }
        let mut first = [0];
        if wait_for(&mut self.reader, &mut first)? == 0 {
            self.expected = None;
            return Err(cut("end of file without an end record"));
        }
        let expected = self
            .expected
            .take()
            .ok_or_else(|| cut("nothing can follow what went wrong before"))?;
        let until = Instant::now() + LIMIT;
        let mut frame = first.chain(Until { reader: &mut self.reader, until });
        let payload = read_frame(&mut frame, MAX_RECORD).map_err(explain)?;
        let record = open(&self.key, expected, &payload.unwrap_or_default())?;
        self.ended = record.kind == Kind::End;
        self.expected = expected.checked_add(1);
        Ok(Some(record))
    }
}

/// A reader that must be done by a point in time.
struct Until<R> {
    reader: R,
    until: Instant,
}

impl<R: Read> Read for Until<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match Instant::now() < self.until {
            true => self.reader.read(buffer),
            false => Err(ErrorKind::TimedOut.into()),
        }
    }
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

fn cut(text: &str) -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, format!("cut: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_done_in_time_reads_no_more() {
        let now = Instant::now();
        let read = |until| Until { reader: &b"ab"[..], until }.read(&mut [0]);
        assert_eq!(read(now + LIMIT).unwrap(), 1);
        let error = explain(read(now).unwrap_err());
        assert_eq!(error.to_string(), "cut: the rest of a record does not come");
    }
}
