//! The server: the accept loop, the conversations, and their end.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cli::{complain, context};

use crate::{Cutter, Handler, Request, Source, Waker};

/// How long the server waits after an accept that failed (see lesson 2).
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// A wake-up can fail, for want of a descriptor: so often it is tried again.
const WAKE_TRIES: u32 = 20;

/// How long to wait between two of them.
const WAKE_PAUSE: Duration = Duration::from_millis(50);

/// So many clients that were refused are kept, so that what they send finds a socket:
/// without one it would come back as a reset, which destroys the line.
const REFUSED: usize = 16;

/// How many conversations at once, and in which threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One after the other, in the thread that accepts.
    One,
    /// Each in a thread of its own, at most so many.
    Threads(usize),
}

/// Serves whoever comes, in the background, until the handle is told otherwise.
///
/// # Errors
///
/// The system's: the socket has no address, or there is no thread.
pub fn start<S: Source>(
    source: S,
    handler: impl Handler<S::Request>,
    model: Model,
) -> io::Result<ServerHandle> {
    let waker = source.waker()?;
    let shared = Arc::new(Shared::default());
    shared.lock().accepting = true;
    let server = Server { handler, model, shared: Arc::clone(&shared) };
    let server = Arc::new(server);
    let thread = thread::Builder::new()
        .spawn(move || server.accept_all(source))
        .map_err(context("cannot start a thread"))?;
    Ok(ServerHandle { shared, waker, thread: Some(thread) })
}

/// A server that runs. Dropping it ends the server at once, and waits for its threads.
pub struct ServerHandle {
    shared: Arc<Shared>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// What the server's threads and its handle know of each other.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Nobody new is served.
    stopping: bool,
    /// Conversations are to be cut at once.
    hurry: bool,
    /// The server may be blocked in accept.
    accepting: bool,
    /// The conversations, by their numbers.
    open: HashMap<u64, Cutter>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes who waits for that.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    /// False if nobody new is to be served. True: who wants that has to wake us.
    fn may_accept(&self) -> bool {
        let mut state = self.lock();
        state.accepting = true;
        !state.stopping
    }

    /// Waits while it is true, or until the time is up.
    fn wait_while(&self, limit: Duration, is: impl Fn(&State) -> bool) {
        let state = self.lock();
        let is = |state: &mut State| is(state);
        drop(self.changed.wait_timeout_while(state, limit, is));
    }
}

impl ServerHandle {
    /// Lets nobody new in, and wakes the thread that waits in accept. Returns how many
    /// conversations go on. The socket is closed, unless the server is
    /// [`Model::One`] and talks: then it is when that is over.
    pub fn shutdown(&self) -> usize {
        self.shared.change(|state| state.stopping = true);
        for _ in 0..WAKE_TRIES {
            if !self.shared.lock().accepting {
                break;
            }
            // Without a descriptor it fails, until a conversation ends.
            let _ = (self.waker)();
            self.shared.wait_while(WAKE_PAUSE, |state| state.accepting);
        }
        self.shared.lock().open.len()
    }

    /// Shuts down, waits until all conversations are over, and at `deadline` or after
    /// [`hurry`](Self::hurry) cuts the rest. Returns how many it has cut. Waits for
    /// their handlers: a cut wakes who reads or writes, and nobody else.
    pub fn end(&self, deadline: Instant) -> usize {
        self.shutdown();
        let left = deadline.saturating_duration_since(Instant::now());
        self.shared.wait_while(left, |state| !state.open.is_empty() && !state.hurry);
        let cut = self.cut();
        let mut state = self.shared.lock();
        while !state.open.is_empty() {
            let waited = self.shared.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        cut
    }

    /// The time is up, whatever was said to [`end`](Self::end).
    pub fn hurry(&self) {
        self.shared.change(|state| state.hurry = true);
    }

    fn cut(&self) -> usize {
        let state = self.shared.lock();
        state.open.values().for_each(|cut| cut());
        state.open.len()
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.end(Instant::now());
        self.shutdown(); // if no descriptor was left, now there are some
        if self.shared.lock().accepting {
            return complain("socketserver: cannot wake accept: its thread is left");
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Server<H> {
    handler: H,
    model: Model,
    shared: Arc<Shared>,
}

impl<H> Server<H> {
    /// The accept loop, whatever clients do.
    fn accept_all<S: Source>(self: Arc<Self>, source: S)
    where
        H: Handler<S::Request>,
    {
        let mut refused = VecDeque::new();
        for number in 0.. {
            if !self.shared.may_accept() {
                break;
            }
            let accepted = source.accept().map_err(context("cannot accept"));
            let begun = accepted.and_then(|(request, peer)| {
                match self.admit(number, &request)? {
                    Admitted::Yes => self.begin(number, request, peer)?,
                    Admitted::Full(limit) => {
                        println!("{peer} refused: full");
                        refuse(&mut refused, request, limit);
                    }
                    Admitted::TooLate => {}
                }
                Ok(())
            });
            if let Err(error) = begun {
                refused.clear(); // each has a descriptor
                self.pause_after(&error);
            }
        }
        drop(source); // now nobody can connect any more
        self.shared.change(|state| state.accepting = false);
    }

    fn admit(&self, number: u64, request: &impl Request) -> io::Result<Admitted> {
        let cutter = request.cutter()?;
        let mut state = self.shared.lock();
        match self.model {
            _ if state.stopping => return Ok(Admitted::TooLate),
            Model::Threads(limit) if state.open.len() >= limit => {
                return Ok(Admitted::Full(limit));
            }
            Model::Threads(_) => {}
            Model::One => state.accepting = false, // but talking
        }
        state.open.insert(number, cutter);
        Ok(Admitted::Yes)
    }

    /// What `ThreadingMixIn` is about: who calls the handler.
    fn begin<R: Request>(
        self: &Arc<Self>,
        number: u64,
        request: R,
        peer: String,
    ) -> io::Result<()>
    where
        H: Handler<R>,
    {
        let server = Arc::clone(self);
        let talk = move || server.talk(number, request, &peer);
        match self.model {
            Model::One => talk(),
            Model::Threads(_) => {
                let started = thread::Builder::new().spawn(talk);
                if let Err(error) = started {
                    self.shared.change(|state| state.open.remove(&number));
                    return Err(context("cannot start a thread")(error));
                }
            }
        }
        Ok(())
    }

    /// One conversation, from its begin to its end.
    fn talk<R: Request>(&self, number: u64, request: R, peer: &str)
    where
        H: Handler<R>,
    {
        if R::CONNECTS {
            println!("{peer} connected");
        }
        match handle(&self.handler, request, peer) {
            Ok(()) if R::CONNECTS => println!("{peer} closed"),
            Ok(()) => {}
            Err(error) => complain(format!("socketserver: {peer}: {error}")),
        }
        self.shared.change(|state| state.open.remove(&number));
    }

    /// Without descriptors or threads the next attempt fails at once, too: without a
    /// pause the loop would take a whole core (lesson 2).
    fn pause_after(&self, error: &io::Error) {
        use ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if error.kind() == Interrupted || self.shared.lock().stopping {
            return;
        }
        complain(format!("socketserver: {error}"));
        // Is about one client: that has gone.
        if !matches!(error.kind(), ConnectionAborted | ConnectionReset) {
            self.shared.wait_while(ACCEPT_PAUSE, |state| !state.stopping);
        }
    }
}

enum Admitted {
    Yes,
    /// There are so many already.
    Full(usize),
    /// The end has come; perhaps it is the waker.
    TooLate,
}

/// What a handler does to one client, it does to nobody else.
fn handle<R: Request>(
    handler: &impl Handler<R>,
    mut request: R,
    peer: &str,
) -> io::Result<()> {
    let handled = AssertUnwindSafe(|| handler.handle(&mut request, peer));
    match panic::catch_unwind(handled) {
        Ok(result) => result.and_then(|()| request.finish()),
        Err(_) => Err(io::Error::other("the handler panicked")),
    }
}

fn refuse<R: Request>(refused: &mut VecDeque<R>, mut request: R, limit: usize) {
    let line = format!("the server is full: {limit} clients, no more\n");
    if request.refuse(&line).is_ok() {
        refused.push_back(request);
        if refused.len() > REFUSED {
            refused.pop_front();
        }
    }
}
