//! The client's part: send, wait, and send again (stop and wait); and which of the
//! datagrams that come is the answer.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use cli::{complain, context, show};

use crate::{BUFFER_SIZE, check_size};

/// A socket, and whom it asks.
#[derive(Debug)]
pub struct Client {
    socket: UdpSocket,
    server: SocketAddr,
    is_connected: bool,
    /// How long one try waits for the answer.
    timeout: Duration,
    /// How often it is tried again.
    retries: usize,
}

impl Client {
    /// A socket on a port that the system chooses. Nothing is sent.
    ///
    /// `connect` notes the server's address in the kernel ([connect(2)]): only its
    /// datagrams are let in, and when an ICMP message says that nobody is there, the
    /// next call fails. Nobody at the other end learns of it.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// [connect(2)]: https://man7.org/linux/man-pages/man2/connect.2.html
    pub fn new(
        server: SocketAddr,
        connect: bool,
        timeout: Duration,
        retries: usize,
    ) -> io::Result<Self> {
        let socket = match server {
            SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)),
        }
        .map_err(context("cannot bind"))?;
        if server.ip().is_unspecified() {
            let text = format!(
                "{server} is all addresses of the server, expected one of them, \
                 such as 127.0.0.1:{}",
                server.port()
            );
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        if connect {
            socket.connect(server).map_err(context("cannot connect"))?;
        }
        Ok(Client { socket, server, is_connected: connect, timeout, retries })
    }

    /// Sends a message and waits for its answer; if none comes in time, sends it
    /// again. `None`: all tries were in vain.
    ///
    /// The answer is the message in upper case, from the server's address. There is
    /// no number on the wire, so the late answer to an earlier message of the same
    /// text is taken for it.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if the socket is connected and nobody is there; the
    /// system's error for a message that is too long.
    pub fn ask(&self, message: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let answer = message.to_ascii_uppercase();
        for attempt in 0..=self.retries {
            if attempt > 0 {
                complain(format!("no answer in {:?}, sent again", self.timeout));
            }
            self.send(message).map_err(refused("cannot send"))?;
            if self.is_answered(&answer).map_err(refused("cannot receive"))? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    fn send(&self, message: &[u8]) -> io::Result<usize> {
        match self.is_connected {
            true => self.socket.send(message),
            false => self.socket.send_to(message, self.server),
        }
    }

    /// Waits for this answer until the time is over. Whatever else comes is named
    /// and passed over, and does not make the time longer.
    fn is_answered(&self, answer: &[u8]) -> io::Result<bool> {
        let deadline = Instant::now() + self.timeout;
        let mut buffer = vec![0; BUFFER_SIZE];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.socket.set_read_timeout(Some(left))?;
            match self.socket.recv_from(&mut buffer) {
                Ok((size, peer)) if peer != self.server => {
                    let shown = show(&buffer[..size]);
                    complain(format!("passed over, from {peer}: {shown}"));
                }
                Ok((size, _)) if buffer[..size] == *answer => return Ok(true),
                Ok((size, _)) => {
                    let shown = show(&buffer[..size]);
                    complain(format!("passed over, no answer to this: {shown}"));
                }
                Err(error) if self.may_wait_after(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A time-out (`WouldBlock` on Unix, `TimedOut` on Windows), a signal, or
    /// Windows, which tells also a socket that is not connected of an ICMP message.
    fn may_wait_after(&self, error: &io::Error) -> bool {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => true,
            ErrorKind::Interrupted => true,
            ErrorKind::ConnectionReset => !self.is_connected,
            _ => false,
        }
    }
}

/// Sends each line as a message, an empty one too, and prints its answer before the
/// next. Returns how many stayed without an answer, or were too long to be sent.
///
/// # Errors
///
/// As [`Client::ask`], or the lines cannot be read.
pub fn talk(
    client: &Client,
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
) -> io::Result<usize> {
    let mut unanswered = 0;
    for line in lines {
        let line = line?;
        if let Err(too_long) = check_size(&line) {
            complain(too_long);
            unanswered += 1;
        } else if let Some(answer) = client.ask(&line)? {
            cli::print_line(&answer);
        } else {
            complain(format!("no answer to {}", show(&line)));
            unanswered += 1;
        }
    }
    Ok(unanswered)
}

/// Says which call failed; what Windows calls a reset is what others call refused: a
/// port without a program.
fn refused(what: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |error| match error.kind() {
        ErrorKind::ConnectionReset => {
            let text = format!("{what}: refused: {error}");
            io::Error::new(ErrorKind::ConnectionRefused, text)
        }
        _ => context(what)(error),
    }
}
