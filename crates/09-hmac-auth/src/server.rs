//! The server: a thread for each client, and in it first the handshake.

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cli::{complain, context};
use comm_loop::pause_after;

use crate::{SIZE, receive, verify};

/// What all clients' threads share. It has no `Debug`: nobody can log the key by
/// mistake.
pub struct Server {
    /// The key that a client must know.
    pub key: Vec<u8>,
    /// How long a client may take for its answer, all of it.
    pub auth_timeout: Duration,
}

/// Accepts one client after the other and gives each a thread of its own: who does
/// not answer its challenge keeps nobody else waiting. Never returns, whatever
/// clients do.
pub fn serve(listener: &TcpListener, server: Server) -> ! {
    let server = Arc::new(server);
    loop {
        let accepted = listener.accept().map_err(context("cannot accept"));
        let started = accepted.and_then(|(stream, peer)| {
            let server = Arc::clone(&server);
            thread::Builder::new()
                .spawn(move || server.talk(stream, peer))
                .map_err(context("cannot start a thread"))
        });
        if let Err(error) = started {
            complain(format!("hmac-auth-server: {error}"));
            pause_after(&error);
        }
    }
}

impl Server {
    fn talk(&self, mut stream: TcpStream, peer: SocketAddr) {
        println!("{peer} connected");
        if let Err(error) = self.authenticate(&mut stream) {
            // The client is told nothing but the close: the reason is the owner's.
            return complain(format!("hmac-auth-server: {peer} refused: {error}"));
        }
        println!("{peer} authenticated");
        match comm_loop::talk(stream, None) {
            Ok(total) => println!("{peer} closed after {total} bytes"),
            Err(error) => complain(format!("hmac-auth-server: {peer}: {error}")),
        }
    }

    /// Sends a new challenge and checks the answer to it.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if the answer is wrong, `TimedOut` if it is late; the
    /// connection's.
    pub fn authenticate(&self, stream: &mut TcpStream) -> io::Result<()> {
        let challenge = new_challenge()?;
        stream.write_all(&challenge).map_err(context("cannot write"))?;
        let answer = receive(stream, "answer", self.auth_timeout)?;
        match verify(&self.key, &challenge, &answer) {
            true => Ok(()),
            false => {
                Err(io::Error::new(ErrorKind::PermissionDenied, "wrong answer"))
            }
        }
    }
}

/// 32 bytes that nobody can foresee ([getrandom(2)] on Linux): a challenge that came
/// twice would have the same answer, which anybody may have recorded.
///
/// # Errors
///
/// The system has no random bytes.
///
/// [getrandom(2)]: https://man7.org/linux/man-pages/man2/getrandom.2.html
pub fn new_challenge() -> io::Result<[u8; SIZE]> {
    let mut challenge = [0; SIZE];
    getrandom::fill(&mut challenge)
        .map_err(|error| context("no random bytes")(error.into()))?;
    Ok(challenge)
}
