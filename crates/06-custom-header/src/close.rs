//! A close that does not destroy the last word.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

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
