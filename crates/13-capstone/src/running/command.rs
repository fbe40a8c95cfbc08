//! A command until its end: what happens to it is sent, and any thread may end it.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use remote_shell::group::Group;
use serde_json::json;

use crate::Outgoing;
use crate::end::End;
use crate::pipes::Event;

/// Output that is still on its way when a command has ended is waited for so long, in
/// all: a process that has left the group may hold the streams open, and print, for
/// ever (lesson 4).
const GRACE: Duration = Duration::from_secs(3);

/// Who is told how it has ended.
type AtEnd = Box<dyn FnOnce(End) + Send>;

/// What has to do with the command's end, which any thread may bring about.
pub struct Command {
    state: Mutex<State>,
    events: SyncSender<Event>,
}

struct State {
    /// `None` once it has ended.
    group: Option<Group>,
    /// How, then.
    end: End,
    /// Who is told.
    at_end: Option<AtEnd>,
}

impl Command {
    /// One that runs.
    pub fn new(group: Group, events: SyncSender<Event>, at_end: AtEnd) -> Self {
        let state =
            State { group: Some(group), end: End::Signal, at_end: Some(at_end) };
        Command { state: Mutex::new(state), events }
    }

    /// Sends what happens, until the command has ended and all streams with it.
    pub fn relay(
        &self,
        happened: &Receiver<Event>,
        outgoing: &Outgoing,
    ) -> io::Result<()> {
        let mut awaited = 3; // the ends of stdout, of stderr, of the shell
        let mut grace = GRACE;
        while awaited > 0 {
            let ended = self.has_ended();
            let asked = Instant::now();
            let event = match ended {
                true => happened.recv_timeout(grace).ok(),
                false => happened.recv().ok(),
            };
            if ended {
                grace = grace.saturating_sub(asked.elapsed());
            }
            match event {
                Some(Event::Printed(kind, bytes)) => outgoing.send(kind, &bytes)?,
                Some(Event::Taken(size)) => {
                    outgoing.message(&json!({"taken": size}))?
                }
                Some(Event::Closed) => awaited -= 1,
                Some(Event::Exited(status)) => {
                    awaited -= 1;
                    let code = status.ok().and_then(|status| status.code());
                    self.end(code.map_or(End::Signal, End::Exited));
                }
                Some(Event::Ended) => {} // the loop looks whether that is so
                None => break,
            }
        }
        Ok(())
    }

    /// Ends whatever runs. The first reason counts, and is returned.
    pub fn end(&self, end: End) -> End {
        let mut state = self.lock();
        if state.group.take().is_some() {
            state.end = end;
            // If there is no room, `relay` has something to do, and will look here.
            let _ = self.events.try_send(Event::Ended);
        }
        if let Some(at_end) = state.at_end.take() {
            at_end(state.end);
        }
        state.end
    }

    /// True once [`end`](Command::end) has been called.
    pub fn has_ended(&self) -> bool {
        self.lock().group.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
