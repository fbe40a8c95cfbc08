//! The end of a server, from another thread: accept is woken, conversations may
//! finish or are cut.

use std::collections::HashMap;
use std::io::PipeReader;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cli::complain;

use crate::Cutter;

/// How long it is tried to wake accept. In vain if, say, the file of a Unix socket
/// is gone.
const WAKE_LIMIT: Duration = Duration::from_secs(1);

/// How long to wait before that is tried again.
const WAKE_PAUSE: Duration = Duration::from_millis(50);

/// How long a conversation that has been cut may take to notice it.
const LAST_MOMENT: Duration = Duration::from_secs(5);

/// A server that runs. Dropping it ends the server at once and waits for all its
/// threads, however long: so do not drop it in one of its handlers.
pub struct ServerHandle {
    pub(crate) shared: Arc<Shared>,
    /// Wakes accept, if it still waits.
    pub(crate) wake: Box<dyn Fn() + Send + Sync>,
    /// A descriptor to let go of: who wakes needs one, and there may be none left.
    pub(crate) spare: Mutex<Option<PipeReader>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

/// What the server's threads and its handle know of each other.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    /// Nobody new is served.
    pub stopping: bool,
    /// The server may be blocked in accept.
    pub accepting: bool,
    /// Conversations are to be cut before the deadline.
    hurry: bool,
    /// They have been: what they ended with was not the client.
    pub cut: bool,
    /// The conversations, by their numbers.
    pub open: HashMap<u64, Cutter>,
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes who waits for that.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    /// False if nobody new is to be served. True: who wants that has to wake us.
    pub fn may_accept(&self) -> bool {
        let mut state = self.lock();
        state.accepting |= !state.stopping; // so never again at the end
        !state.stopping
    }

    /// Waits while it is true, or until the time is up.
    pub fn wait_while(&self, limit: Duration, is: impl Fn(&State) -> bool) {
        let state = self.lock();
        let is = |state: &mut State| is(state);
        drop(self.changed.wait_timeout_while(state, limit, is));
    }
}

impl ServerHandle {
    /// Lets nobody new in, and wakes the thread that waits in accept. Returns how
    /// many conversations go on. The socket is closed, unless the server is
    /// [`Model::One`](crate::Model::One) and talks: then it is when that is over.
    pub fn shutdown(&self) -> usize {
        let again =
            self.shared.change(|state| mem::replace(&mut state.stopping, true));
        drop(self.spare.lock().unwrap_or_else(PoisonError::into_inner).take());
        let deadline = Instant::now() + WAKE_LIMIT;
        while !again && self.shared.lock().accepting && Instant::now() < deadline {
            (self.wake)();
            self.shared.wait_while(WAKE_PAUSE, |state| state.accepting);
        }
        self.shared.lock().open.len()
    }

    /// Shuts down, waits until all conversations are over, and at `deadline` or
    /// after [`hurry`](Self::hurry) cuts the rest. Returns how many it has cut.
    /// Those have 5 s to notice: a cut wakes who reads or writes, and nobody else.
    pub fn end(&self, deadline: Instant) -> usize {
        self.shutdown();
        let left = deadline.saturating_duration_since(Instant::now());
        self.shared.wait_while(left, |state| !state.open.is_empty() && !state.hurry);
        let cut = self.cut();
        self.shared.wait_while(LAST_MOMENT, |state| !state.open.is_empty());
        cut
    }

    /// The time is up, whatever was said to [`end`](Self::end).
    pub fn hurry(&self) {
        self.shared.change(|state| state.hurry = true);
    }

    /// Cuts and counts them, the first time.
    fn cut(&self) -> usize {
        let mut state = self.shared.lock();
        if mem::replace(&mut state.cut, true) {
            return 0;
        }
        state.open.values().for_each(|cut| cut());
        state.open.len()
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.end(Instant::now());
        let talk = |state: &mut State| !state.open.is_empty();
        drop(self.shared.changed.wait_while(self.shared.lock(), talk));
        if self.shared.lock().accepting {
            return complain("socketserver: cannot wake accept: its thread is left");
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
