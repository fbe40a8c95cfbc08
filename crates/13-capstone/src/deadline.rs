//! A stream on which everything together must be done by a point in time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Reads and writes until then: the handshake. A limit for each read alone would
/// give a peer that sends byte by byte many times as long (lesson 9).
pub struct Deadline<'a> {
    stream: &'a TcpStream,
    limit: Duration,
    at: Instant,
}

impl<'a> Deadline<'a> {
    /// From now on.
    pub fn new(stream: &'a TcpStream, limit: Duration) -> Self {
        Deadline { stream, limit, at: Instant::now() + limit }
    }

    /// Takes the limits off the stream again.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn lift(self) -> io::Result<()> {
        self.stream.set_read_timeout(None)?;
        self.stream.set_write_timeout(None)
    }

    fn left(&self) -> io::Result<Duration> {
        match self.at.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(self.late()),
            left => Ok(left),
        }
    }

    fn late(&self) -> io::Error {
        let text = format!("the handshake was not done within {:?}", self.limit);
        io::Error::new(ErrorKind::TimedOut, text)
    }

    fn explain(&self, error: io::Error) -> io::Error {
        match is_timeout(&error) {
            true => self.late(),
            false => error,
        }
    }
}

impl Read for Deadline<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer).map_err(|error| self.explain(error))
    }
}

impl Write for Deadline<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write_all(bytes).map_err(|error| self.explain(error))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// True if a stream's time-out is over: the one kind on Unix, the other on Windows.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
