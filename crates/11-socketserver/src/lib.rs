//! Lesson 11: the framework that you have been writing: the loop that accepts apart
//! from the code that talks.
//!
//! On the wire, with the handler [`UpperCase`]: as lesson 2, every byte comes back
//! in upper case; over UDP as lesson 8, over a Unix socket as lesson 12.
//!
//! | here | Python's [`socketserver`] |
//! | --- | --- |
//! | [`start`] | `BaseServer.serve_forever` |
//! | [`ServerHandle::shutdown`] | `BaseServer.shutdown` |
//! | [`ServerHandle::end`], its `Drop` | `server_close`, `block_on_close` |
//! | [`Source`] for a `TcpListener` | `TCPServer` |
//! | [`Source`] for a `UdpSocket` | `UDPServer` |
//! | [`Source`] for a Unix listener | `UnixStreamServer` |
//! | [`Source::accept`], [`Request::finish`] | `get_request`, `shutdown_request` |
//! | [`Model::Threads`] | `ThreadingMixIn.process_request` |
//! | [`Handler::handle`] | `BaseRequestHandler.handle` |
//! | [`Datagram`] | `DatagramRequestHandler`: `rfile`, `wfile` |
//!
//! [`socketserver`]: https://docs.python.org/3/library/socketserver.html

mod client;
mod datagram;
mod end;
mod exchange;
mod handle;
mod retry;
mod server;
mod tcp;
mod unix;
mod upper_case;

use std::io;
use std::sync::Arc;

pub use client::{Client, Failure};
pub use datagram::Datagram;
pub use end::{GRACE, hear_stops, serve_forever, serve_until};
pub use handle::ServerHandle;
pub use retry::Retry;
pub use server::{Model, start};
pub use unix::UnixSource;
pub use upper_case::UpperCase;

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7011";

/// Who talks. One handler serves all clients, perhaps in many threads at once; a
/// function or closure with these arguments is one.
pub trait Handler<R>: Send + Sync + 'static {
    /// Talks with one client, until it returns; then the connection is closed, or
    /// the datagram answered with all that was written. `peer` names the client in a
    /// log.
    ///
    /// # Errors
    ///
    /// Whatever ended the conversation: it is reported, and the next one is served.
    /// So it is after a panic.
    fn handle(&self, request: &mut R, peer: &str) -> io::Result<()>;
}

impl<R, F> Handler<R> for F
where
    F: Fn(&mut R, &str) -> io::Result<()> + Send + Sync + 'static,
{
    fn handle(&self, request: &mut R, peer: &str) -> io::Result<()> {
        self(request, peer)
    }
}

/// Where clients come from: a socket that [`start`] owns.
pub trait Source: Send + Sync + 'static {
    /// What the handler gets.
    type Request: Request;

    /// Waits for the next client, and says what to call it.
    ///
    /// # Errors
    ///
    /// The system's; all but `Interrupted` are reported, and the next one is
    /// awaited.
    fn accept(self: &Arc<Self>) -> io::Result<(Self::Request, String)>;

    /// Ends an [`accept`](Source::accept) that waits in another thread, by what it
    /// waits for: comes as a client, for a moment.
    ///
    /// # Errors
    ///
    /// The system's: that was not possible.
    fn wake(&self) -> io::Result<()>;
}

/// One client, as a [`Source`] gives it.
pub trait Request: Send + Sized + 'static {
    /// True if clients connect and leave, false if each datagram stands alone.
    const CONNECTS: bool;

    /// What cuts the conversation from another thread: whoever reads or writes is
    /// woken. It may take a descriptor until it is dropped.
    ///
    /// # Errors
    ///
    /// The system's: no descriptor is left.
    fn cutter(&self) -> io::Result<Cutter>;

    /// Sends one line and then the end of file, instead of a conversation.
    ///
    /// # Errors
    ///
    /// The system's: the client has gone.
    fn refuse(&mut self, line: &str) -> io::Result<()>;

    /// The handler is done, without an error.
    ///
    /// # Errors
    ///
    /// The system's: the answer could not be sent.
    fn finish(self) -> io::Result<()>;
}

/// Cuts a conversation.
pub type Cutter = Box<dyn Fn() + Send>;
