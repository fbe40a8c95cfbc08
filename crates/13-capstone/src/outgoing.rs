//! The sending end, for the threads that share it.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::deadline::is_timeout;
use crate::{Kind, Sender};

/// Sends records, each of them whole, whichever thread they come from.
pub struct Outgoing {
    sender: Mutex<Sender>,
    stream: TcpStream,
}

impl Outgoing {
    /// `stream` is the one that `sender` writes to.
    pub fn new(sender: Sender, stream: TcpStream) -> Self {
        Outgoing { sender: Mutex::new(sender), stream }
    }

    /// Sends a record.
    ///
    /// # Errors
    ///
    /// As [`Sender::send`]; `TimedOut` if the other side takes nothing for as long
    /// as the stream's time-out is.
    pub fn send(&self, kind: Kind, body: &[u8]) -> io::Result<()> {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        sender.send(kind, body).map_err(|error| match is_timeout(&error) {
            true => {
                let text = "the other side takes nothing";
                io::Error::new(ErrorKind::TimedOut, text)
            }
            false => cli::context("cannot write")(error),
        })
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// As [`send`](Outgoing::send).
    pub fn message(&self, object: &Value) -> io::Result<()> {
        self.send(Kind::Message, object.to_string().as_bytes())
    }

    /// Says why this side ends, if the other one still listens: it is the last
    /// record.
    pub fn end(&self, why: &str) {
        let _ = self.send(Kind::End, why.as_bytes());
    }

    /// Ends the connection in both directions: whoever waits for it, here or there,
    /// goes on with an error or the end of file.
    pub fn cut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
