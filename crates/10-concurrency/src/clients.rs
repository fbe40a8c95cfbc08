//! Who is here: counted, limited, and at the end cut.

mod client;

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use client::Client;

/// How long a conversation that has been cut may take to notice it.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// All clients of a server: those who are served, and those who wait for it.
#[derive(Debug)]
pub struct Clients {
    limit: usize,
    state: Mutex<State>,
    /// A client has left, or somebody has asked for the end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    open: BTreeMap<u64, Open>,
    admitted: u64,
    stops: u32,
    cut: bool,
    closed: bool,
}

/// What it takes to cut a client off.
#[derive(Debug)]
struct Open {
    stream: Arc<TcpStream>,
    child: Option<Child>,
    has_begun: bool,
}

impl Clients {
    /// Nobody yet, and never more than `limit` at the same time.
    pub fn new(limit: usize) -> Arc<Self> {
        let (state, changed) = Default::default();
        Arc::new(Clients { limit, state, changed })
    }

    /// Counts a client in until the [`Client`] is dropped; gives the connection back
    /// if there are too many, or if the end has come.
    pub fn admit(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> Result<Client, TcpStream> {
        let mut state = self.lock();
        if state.open.len() >= self.limit || state.stops > 0 {
            return Err(stream);
        }
        let stream = Arc::new(stream);
        let number = state.admitted;
        state.admitted += 1;
        let shared = Arc::clone(&stream);
        let open = Open { stream: shared, child: None, has_begun: false };
        state.open.insert(number, open);
        Ok(Client::new(stream, peer, number, Arc::clone(self)))
    }

    /// How many are here, those included who wait.
    pub fn count(&self) -> usize {
        self.lock().open.len()
    }

    /// How many there may be.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Asks for the end; the second time, for the end at once.
    pub fn stop(&self) {
        self.lock().stops += 1;
        self.changed.notify_all();
    }

    /// True if the end has been asked for.
    pub fn is_stopping(&self) -> bool {
        self.lock().stops > 0
    }

    /// Nobody accepts any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits until the end is asked for. False if it has not been, and nobody
    /// accepts any more all the same.
    pub fn wait_for_stop(&self) -> bool {
        let waits = |state: &mut State| state.stops == 0 && !state.closed;
        let state = self.changed.wait_while(self.lock(), waits);
        state.unwrap_or_else(PoisonError::into_inner).stops > 0
    }

    /// Waits until a client leaves, at most for `limit`, and not if the end has
    /// come.
    pub fn wait_for_one_to_leave(&self, limit: Duration) {
        let state = self.lock();
        let before = state.open.len();
        drop(self.wait_while(state, limit, |state| {
            state.stops == 0 && state.open.len() >= before
        }));
    }

    /// The end, part one: closes the connections of those whose conversation has not
    /// begun, and no other will begin. Returns how many they were, and how many
    /// conversations go on.
    pub fn close_waiting(&self) -> (usize, usize) {
        let mut state = self.lock();
        let before = state.open.len();
        state.open.retain(|_, open| {
            if !open.has_begun {
                cut(open);
            }
            open.has_begun
        });
        (before - state.open.len(), state.open.len())
    }

    /// The end, part two: waits until the last conversation is over, but not longer
    /// than `grace`, nor beyond the second [`stop`](Clients::stop). Then cuts the
    /// others: their threads read an end of file, their processes too. Returns how
    /// many those were.
    pub fn end(&self, grace: Duration) -> usize {
        let mut state = self.wait_while(self.lock(), grace, |state| {
            !state.open.is_empty() && state.stops < 2
        });
        let count = state.open.len();
        state.cut = true;
        state.open.values().for_each(cut);
        // A thread that does not notice ends with the process. A child would not.
        let mut state =
            self.wait_while(state, LAST_MOMENT, |state| !state.open.is_empty());
        for child in state.open.values_mut().filter_map(|open| open.child.as_mut()) {
            let _ = child.kill().and_then(|()| child.wait());
        }
        count
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        limit: Duration,
        waits: impl Fn(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout_while(state, limit, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the connection, whoever has descriptors of it: shutdown(2) is about the
/// connection, close(2) only about a descriptor.
fn cut(open: &Open) {
    let _ = open.stream.shutdown(Shutdown::Both); // it may have ended already
}
