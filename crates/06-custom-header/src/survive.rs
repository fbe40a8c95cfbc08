//! What keeps a server alive and polite: a close that does not destroy the last word,
//! and a pause when there are no descriptors.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server waits after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Ends a conversation such that the last word arrives: says that no more will come,
/// and then reads and forgets, until the end of file or for at most `limit`.
///
/// A close with bytes unread would send a reset: a client that still writes gets an
/// error and may never read the last word, and some systems throw away what it has not
/// read yet (RFC 9293, 3.6.1 and 3.10.7).
pub fn close_gently(mut stream: &TcpStream, limit: Duration) {
    let deadline = Instant::now() + limit;
    let _ = stream.shutdown(Shutdown::Write);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Zero is no time-out that a socket takes.
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut buffer) {
            Ok(size) if size > 0 => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

/// Waits for half a second after an accept that failed: without file descriptors the
/// next one fails at once, too, and without a pause the loop would take a whole core
/// (lesson 2). A client that has gone meanwhile is no reason to wait.
pub fn pause_after(error: &io::Error) {
    if error.kind() == ErrorKind::ConnectionAborted {
        return;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "no event tells of a free descriptor"
    )]
    thread::sleep(ACCEPT_PAUSE);
}
