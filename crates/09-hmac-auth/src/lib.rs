//! Lesson 9: challenge and response: who are you?
//!
//! | who sends | bytes | what they are |
//! | --- | --- | --- |
//! | server | 32 | the challenge: random, new for each connection |
//! | client | 32 | the answer: HMAC-SHA256(key, challenge) |
//!
//! If the answer is right, the connection goes on as lesson 2: every byte comes back
//! in upper case. If not, the server closes. The key itself is never sent.

mod client;
mod hmac_sha256;
mod key;
mod server;

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cli::context;

pub use client::{Answer, Sending, authenticate, talk};
pub use hmac_sha256::{tag, verify};
pub use key::{key_file, read_key};
pub use server::{Server, new_challenge, serve};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7009";

/// How long the handshake may take, when the programs are not told otherwise.
pub const DEFAULT_AUTH_TIMEOUT: Duration = Duration::from_secs(10);

/// How many bytes a challenge has, and how many an answer: as many as SHA-256 gives.
pub const SIZE: usize = 32;

/// Reads a challenge or an answer, all of it within `timeout`. Each read may wait
/// only for what is left of that: a limit for each read alone would give a peer that
/// sends byte by byte 32 times as long.
fn receive(
    stream: &mut TcpStream,
    what: &str,
    timeout: Duration,
) -> io::Result<[u8; SIZE]> {
    let deadline = Instant::now() + timeout;
    let mut bytes = [0; SIZE];
    let mut filled = 0;
    while filled < SIZE {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let text = format!(
                "only {filled} of {SIZE} bytes of the {what} came within {timeout:?}"
            );
            return Err(io::Error::new(ErrorKind::TimedOut, text));
        }
        stream.set_read_timeout(Some(left)).map_err(context("setsockopt"))?;
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => {
                let text = format!(
                    "the end came after {filled} of {SIZE} bytes of the {what}"
                );
                return Err(io::Error::new(ErrorKind::UnexpectedEof, text));
            }
            Ok(size) => filled += size,
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(context("cannot read")(error)),
        }
    }
    stream.set_read_timeout(None).map_err(context("setsockopt"))?;
    Ok(bytes)
}

/// True if the loop may go on, and look at the clock: the time-out (the one kind on
/// Unix, the other on Windows), or the process was stopped and continued.
fn is_passing(error: &io::Error) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}
