//! Lesson 10: many clients at once. One handler, four loops that accept, and what
//! every one of them needs: limits, and an end.
//!
//! On the wire: as lesson 2, every byte comes back in upper case. A client that
//! finds the server full gets one line that says so, and the end of file.
//!
//! To lay side by side: `one.rs`, `threads.rs`, `processes.rs`, `pool.rs`. What they
//! share serves other lessons as well: [`Clients`] counts, limits and cuts,
//! [`Acceptor`] is accept with all that can go wrong, [`Waker`] wakes it,
//! [`Refuser`] sends away:
//!
//! ```
//! use std::net::TcpListener;
//! use std::time::Duration;
//!
//! use concurrency::{Acceptor, Clients, Waker};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let (clients, waker) = (Clients::new(100), Waker::new(&listener)?);
//! let acceptor = Acceptor::new(listener, clients.clone())?;
//! let accepting = std::thread::spawn(move || {
//!     for client in acceptor {
//!         client.begin(); // and talk on `client.stream`, in a thread of its own
//!     }
//! });
//! clients.stop(); // as Ctrl-C does
//! waker.wake();
//! clients.close_waiting();
//! assert_eq!(clients.end(Duration::from_secs(5)), 0);
//! accepting.join().unwrap();
//! # Ok::<(), std::io::Error>(())
//! ```

mod acceptor;
mod ask;
mod chart;
mod clients;
mod crowd;
mod handler;
mod model;
mod one;
mod picture;
mod pool;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod processes;
mod refuser;
mod steps;
mod threads;
mod waker;

use std::io;
use std::thread;
use std::time::Duration;

use cli::context;

pub use acceptor::Acceptor;
pub use ask::{ask, talk};
pub use chart::{Chart, Row, Unit};
pub use clients::{Client, Clients};
pub use crowd::{Plan, crowd};
pub use handler::{BUFFER_SIZE, Handler};
pub use model::{Model, Submit};
pub use refuser::Refuser;
pub use steps::{Steps, play};
pub use waker::Waker;

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7010";

/// Serves until [`Clients::stop`] is called and accept is woken. Conversations may
/// then go on for `grace`, or until the second `stop`. Returns how many were cut.
///
/// # Errors
///
/// There were no threads to begin with.
pub fn serve(
    model: Model,
    acceptor: Acceptor,
    clients: &Clients,
    handler: Handler,
    grace: Duration,
) -> io::Result<usize> {
    let accepting = thread::Builder::new()
        .spawn(move || model.serve(acceptor, &handler))
        .map_err(context("cannot start a thread"))?;
    if !clients.wait_for_stop() {
        // Its error, why it could not begin.
        return accepting.join().unwrap_or(Ok(())).map(|()| 0);
    }
    let (closed, left) = clients.close_waiting();
    println!("ending, conversations left: {left}");
    if closed > 0 {
        println!("waiting clients closed: {closed}");
    }
    // Not `join`: should accept not have been woken, it ends with the process.
    Ok(clients.end(grace))
}
