//! A stream with a time limit, on which errors say what they mean.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cli::context;
use custom_header::close_gently;

/// How long [`Connection::close_gently`] reads on. A client that sends a large file,
/// and looks for an answer only behind it, hears a sentence if it is done by then.
const LAST_WORD: Duration = Duration::from_secs(10);

/// A TCP stream that gives up on a peer which neither sends nor takes anything for
/// too long. A slow one that moves is fine; but a kernel passes on that there is room
/// again in large steps, so who takes should take some 100 KB within the limit.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    limit: Duration,
}

impl Connection {
    /// Sets the time limit of each read and each write ([socket(7)], `SO_RCVTIMEO`).
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// [socket(7)]: https://man7.org/linux/man-pages/man7/socket.7.html
    pub fn new(stream: TcpStream, limit: Duration) -> io::Result<Self> {
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        // Reply, contents and digest are three writes: none is to wait for the
        // acknowledgement of the one before.
        stream.set_nodelay(true)?;
        Ok(Connection { stream, limit })
    }

    /// True if something can be read at once, or the peer has closed.
    ///
    /// # Errors
    ///
    /// The system's, if the connection is broken.
    pub fn has_input(&self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        match peeked {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
            Ok(_) => Ok(true),
        }
    }

    /// Closes such that the peer can read what was sent last, even if it is sending
    /// itself; see [`custom_header::close_gently`].
    pub fn close_gently(self) {
        close_gently(&self.stream, LAST_WORD.min(self.limit));
    }

    fn explain(&self, call: &str, error: io::Error) -> io::Error {
        match error.kind() {
            // The one on Unix, the other on Windows.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                let text = format!("cannot {call}: idle for {:?}", self.limit);
                io::Error::new(ErrorKind::TimedOut, text)
            }
            _ => context(format!("cannot {call}"))(error),
        }
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).map_err(|error| self.explain("read", error))
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // All of it, so that the limit is for each piece of a `copy`.
        let written = self.stream.write_all(bytes);
        written.map_err(|error| self.explain("write", error))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
