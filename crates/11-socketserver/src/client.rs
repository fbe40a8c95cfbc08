//! The client: it tries again where that is safe, and says so where it is not.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use cli::{complain, context, show};

use crate::Retry;
use crate::exchange::{exchange, words};

/// A server that lets nobody in and refuses nobody either is not waited for longer.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Asks a server, and connects again when it has gone and come back.
#[derive(Debug)]
pub struct Client {
    addr: SocketAddr,
    retry: Retry,
    stream: Option<TcpStream>,
}

/// Why there is no answer, which is to say: may it be asked again?
#[derive(Debug)]
pub enum Failure {
    /// The server has not done it.
    NotDone(io::Error),
    /// The message was sent, or a part of it: perhaps it has been done, perhaps not.
    Unknown(io::Error),
}

impl Client {
    /// Connects, in as many tries as it takes. Says on stderr what it is doing.
    ///
    /// # Errors
    ///
    /// The last try's, when they are used up.
    pub fn connect(addr: SocketAddr, retry: Retry) -> io::Result<Self> {
        let stream = connect(addr, retry)?;
        Ok(Client { addr, retry, stream: Some(stream) })
    }

    /// Sends a message and returns its answer, which is as long as the message.
    ///
    /// A connection that has ended already is made anew first, since nothing was
    /// sent on it: that is always safe. One that ends in between is left, and
    /// whoever calls has to decide.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn ask(&mut self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut stream = self.connection().map_err(Failure::NotDone)?;
        let answer = exchange(&mut stream, message).map_err(|failure| {
            let addr = context(self.addr);
            match failure {
                Failure::NotDone(error) => Failure::NotDone(addr(error)),
                Failure::Unknown(error) => Failure::Unknown(addr(error)),
            }
        })?;
        self.stream = Some(stream);
        Ok(answer)
    }

    /// As [`ask`](Self::ask), but sends the message again, as often as it has tries:
    /// so the server may do it more than once, and that must do no harm.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn ask_until_answered(
        &mut self,
        message: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let mut tries = 1;
        loop {
            match self.ask(message) {
                Err(Failure::Unknown(error)) if tries < self.retry.tries => {
                    complain(error);
                    let shown = show(message);
                    complain(format!("  {shown} may have been done: sending again"));
                    // There may be a server that takes each connection and drops it.
                    let pause = self.retry.pause_after(tries);
                    thread::park_timeout(pause.map_err(Failure::Unknown)?);
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    /// The connection, if nothing has come on it: with that it has ended, or the
    /// server says something that is no answer.
    fn connection(&mut self) -> io::Result<TcpStream> {
        if let Some(mut stream) = self.stream.take() {
            match peek(&stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Ok(stream);
                }
                Ok(1..) => {
                    let words = words(&mut stream, Vec::new());
                    return Err(context(self.addr)(words));
                }
                _ => {}
            }
            complain("the server has closed the connection");
        }
        let stream = connect(self.addr, self.retry)?;
        complain("connected again");
        Ok(stream)
    }
}

/// Tries to connect until the tries are used up.
fn connect(addr: SocketAddr, retry: Retry) -> io::Result<TcpStream> {
    let (mut number, tries) = (1, retry.tries);
    loop {
        match TcpStream::connect_timeout(&addr, CONNECT_LIMIT) {
            Ok(stream) => return Ok(stream),
            Err(error) if number >= tries => {
                let text =
                    format!("cannot connect to {addr}, try {number} of {tries}");
                return Err(context(text)(error));
            }
            Err(error) => complain(format!("try {number} of {tries}: {error}")),
        }
        let pause = retry.pause_after(number)?;
        complain(format!("  again in {} ms", pause.as_millis()));
        thread::park_timeout(pause); // nobody unparks: Ctrl-C ends the program
        number += 1;
    }
}

/// What there is to read, without waiting for it and without taking it.
fn peek(stream: &TcpStream) -> io::Result<usize> {
    stream.set_nonblocking(true)?;
    let size = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    size
}
