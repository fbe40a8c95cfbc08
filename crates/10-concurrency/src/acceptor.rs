//! What all four loops have in front: accept, the limit, the pause, the end.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use cli::complain;

use crate::{Client, Clients, Refuser};

/// How long the server waits at most after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The clients that come, one after the other, until the end is asked for. Dropping
/// it closes the listener: who waits in its backlog gets a reset, who comes is
/// refused.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    clients: Arc<Clients>,
    refuser: Refuser,
    fails: bool,
}

impl Acceptor {
    /// Counts those who come to this listener among `clients`.
    ///
    /// # Errors
    ///
    /// There is no thread for those who are refused.
    pub fn new(listener: TcpListener, clients: Arc<Clients>) -> io::Result<Self> {
        Ok(Acceptor { listener, clients, refuser: Refuser::start()?, fails: false })
    }

    /// To refuse those that cannot be served although there is a place.
    pub fn refuser(&self) -> Refuser {
        self.refuser.clone()
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> Option<Client> {
        // The answer to a long line is many writes: the last must not wait for an
        // acknowledgement of those before (lesson 6). Without it, it is only slow.
        let _ = stream.set_nodelay(true);
        match self.clients.admit(stream, peer) {
            Ok(client) => {
                println!("{peer} accepted");
                Some(client)
            }
            Err(_) if self.clients.is_stopping() => None, // just now
            Err(stream) => {
                let limit = self.clients.limit();
                println!("{peer} refused: full");
                let why = format!("the server is full (limit {limit}), try later");
                self.refuser.refuse(Arc::new(stream), &why);
                None
            }
        }
    }

    /// Without descriptors accept fails at once, again and again (lesson 2). It is
    /// said once; a client that leaves gives one back.
    fn pause_after(&mut self, error: &io::Error) {
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return; // that client has gone, the next accept waits for another one
        }
        if !self.fails {
            complain(format!("concurrency-server: cannot accept: {error}"));
        }
        self.fails = true;
        self.clients.wait_for_one_to_leave(ACCEPT_PAUSE);
    }
}

impl Iterator for Acceptor {
    type Item = Client;

    /// accept(2), until there is somebody to serve, or nobody should be any more.
    fn next(&mut self) -> Option<Client> {
        while !self.clients.is_stopping() {
            match self.listener.accept() {
                // What woke us may be no client: see `Waker`.
                _ if self.clients.is_stopping() => break,
                Ok((stream, peer)) => {
                    self.fails = false;
                    if let Some(client) = self.admit(stream, peer) {
                        return Some(client);
                    }
                }
                Err(error) => self.pause_after(&error),
            }
        }
        None
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.clients.close();
    }
}
