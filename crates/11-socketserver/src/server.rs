//! The server: the accept loop, and the conversations that it begins.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use cli::{complain, context};

use crate::handle::Shared;
use crate::{Handler, Request, ServerHandle, Source};

/// How long the server waits after an accept that failed (see lesson 2).
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// So many clients that were refused are kept, until others follow, so that what
/// they send finds a socket: else a reset would come back, which destroys the line.
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
/// The system's: there is no descriptor, or no thread.
pub fn start<S: Source>(
    source: S,
    handler: impl Handler<S::Request>,
    model: Model,
) -> io::Result<ServerHandle> {
    let source = Arc::new(source);
    let waiting = Arc::downgrade(&source);
    let wake = Box::new(move || {
        if let Some(source) = waiting.upgrade() {
            // An error: somebody else took the descriptor, and will give one back.
            let _ = source.wake();
        }
    });
    let (spare, _) = io::pipe()?;
    let spare = Mutex::new(Some(spare));
    let shared = Arc::new(Shared::default());
    shared.lock().accepting = true;
    let (handler, shared_too) = (Box::new(handler), Arc::clone(&shared));
    let server = Arc::new(Server { handler, model, shared: shared_too });
    let thread = thread::Builder::new()
        .spawn(move || server.accept_all(source))
        .map_err(context("cannot start a thread"))?;
    Ok(ServerHandle { shared, wake, spare, thread: Some(thread) })
}

/// What all threads of a server share.
struct Server<R> {
    handler: Box<dyn Handler<R>>,
    model: Model,
    shared: Arc<Shared>,
}

impl<R: Request> Server<R> {
    /// The accept loop, whatever clients do.
    fn accept_all(self: Arc<Self>, source: Arc<impl Source<Request = R>>) {
        let mut refused = VecDeque::new();
        for number in 0.. {
            if !self.shared.may_accept() {
                break;
            }
            let accepted = source.accept().map_err(context("cannot accept"));
            let begun = accepted.and_then(|(request, peer)| {
                match self.admit(number, request, &peer, &mut refused)? {
                    Some(request) => self.begin(number, request, peer),
                    None => Ok(()),
                }
            });
            if let Err(error) = begun {
                refused.clear(); // each has a descriptor
                self.pause_after(&error);
            }
        }
        drop(source); // now nobody can connect any more
        self.shared.change(|state| state.accepting = false);
    }

    /// Counts the client in, unless it is one too many, or comes too late: what
    /// wakes accept at the end is no client at all.
    fn admit(
        &self,
        number: u64,
        mut request: R,
        peer: &str,
        refused: &mut VecDeque<R>,
    ) -> io::Result<Option<R>> {
        let cutter =
            request.cutter().map_err(context("cannot copy a descriptor"))?;
        let mut state = self.shared.lock();
        match self.model {
            _ if state.stopping => return Ok(None),
            Model::Threads(limit) if state.open.len() >= limit => {
                drop(state);
                println!("{peer} refused: full");
                let line =
                    format!("the server is full (limit {limit}), try later\n");
                let _ = request.refuse(&line); // perhaps it has gone
                refused.truncate(REFUSED - 1);
                refused.push_front(request);
                return Ok(None);
            }
            Model::Threads(_) => {}
            Model::One => state.accepting = false, // but talking
        }
        state.open.insert(number, cutter);
        Ok(Some(request))
    }

    /// Calls the handler here or in a new thread: this is what Python's
    /// `ThreadingMixIn` overrides.
    fn begin(
        self: &Arc<Self>,
        number: u64,
        request: R,
        peer: String,
    ) -> io::Result<()> {
        let server = Arc::clone(self);
        let talk = move || {
            server.talk(request, &peer);
            let shared = Arc::clone(&server.shared);
            drop(server); // once nobody is open, nobody uses the handler any more
            shared.change(|state| state.open.remove(&number));
        };
        let started = match self.model {
            Model::One => {
                talk();
                Ok(())
            }
            Model::Threads(_) => thread::Builder::new().spawn(talk).map(drop),
        };
        started.map_err(|error| {
            self.shared.change(|state| state.open.remove(&number));
            context("cannot start a thread")(error)
        })
    }

    /// One conversation, from its begin to its end. What a handler does to one
    /// client, it does to nobody else.
    fn talk(&self, mut request: R, peer: &str) {
        let talked = panic::catch_unwind(AssertUnwindSafe(|| {
            if R::CONNECTS {
                println!("{peer} connected");
            }
            self.handler.handle(&mut request, peer)?;
            request.finish()?;
            if R::CONNECTS && !self.shared.lock().cut {
                println!("{peer} closed");
            }
            Ok(())
        }));
        let panicked = || Err(io::Error::other("the handler panicked"));
        if let Err(error) = talked.unwrap_or_else(|_| panicked())
            && !self.shared.lock().cut
        {
            complain(format!("socketserver: {peer}: {error}"));
        }
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
