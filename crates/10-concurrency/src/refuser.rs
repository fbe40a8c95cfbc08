//! Who is sent away gets a word, and nobody waits for them to read it.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use cli::context;
use custom_header::close_gently;

/// So many may be on their way out; further ones are closed at once.
const MAX_LEAVING: usize = 64;

/// How long after its refusal one of them is closed at the latest.
const LAST_WORD: Duration = Duration::from_secs(1);

/// A client on its way out, and its deadline.
type Leaving = (Arc<TcpStream>, Instant);

/// Sends clients away, in a thread of its own.
#[derive(Clone, Debug)]
pub struct Refuser(SyncSender<Leaving>);

impl Refuser {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// There is no thread.
    pub fn start() -> io::Result<Self> {
        let (sender, all) = mpsc::sync_channel::<Leaving>(MAX_LEAVING);
        let close_all = move || {
            for (stream, deadline) in all {
                // However many are before it: each takes a descriptor.
                let left = deadline.saturating_duration_since(Instant::now());
                close_gently(&stream, left);
            }
        };
        let thread = thread::Builder::new().spawn(close_all);
        thread.map_err(context("cannot start a thread"))?;
        Ok(Refuser(sender))
    }

    /// Sends the client a line and the end of file, and does not wait: a few bytes
    /// always fit the empty buffer of a new connection. What the client may have
    /// sent already is read elsewhere: closed with bytes unread, the connection
    /// would end in a reset, and the line might be lost (lesson 6).
    pub fn refuse(&self, stream: Arc<TcpStream>, why: &str) {
        let said = (&*stream).write_all(format!("{why}\n").as_bytes());
        if said.and_then(|()| stream.shutdown(Shutdown::Write)).is_ok() {
            // Too many at once: then the reset has to do.
            let _ = self.0.try_send((stream, Instant::now() + LAST_WORD));
        }
    }
}
