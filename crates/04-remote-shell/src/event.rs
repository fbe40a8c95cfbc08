//! What happens while a command runs, and the threads that tell of it.

use std::io::{self, ErrorKind, Read};
use std::process::ExitStatus;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Ends the running command from another thread, and all later ones before they start.
#[derive(Debug, Default)]
pub struct Cancel(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    running: Option<SyncSender<Event>>,
}

/// What the thread that runs a command hears of.
#[derive(Debug)]
pub enum Event {
    /// It has printed this.
    Printed(Stream, Vec<u8>),
    /// One of its outputs has come to its end.
    Closed,
    /// The shell has ended.
    Exited(io::Result<ExitStatus>),
    /// [`Cancel::cancel`] was called.
    Cancelled,
}

/// One of the two outputs.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Output goes through our hands in pieces of this size, in bytes.
const PIECE: usize = 64 * 1024;

/// So many events wait at most.
pub const WAITING: usize = 16;

impl Cancel {
    /// Ends the command that runs, and lets no other start.
    pub fn cancel(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cancelled = true;
        if let Some(events) = state.running.take() {
            let _ = events.send(Event::Cancelled); // it may have ended by itself
        }
    }

    /// Names the command that is to be ended; false if it must not start.
    pub(crate) fn watch(&self, events: &SyncSender<Event>) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.running = Some(events.clone());
        !state.cancelled
    }
}

/// Sends on whatever a pipe brings, until its end.
///
/// # Errors
///
/// There is no pipe, or no thread.
pub fn listen(
    stream: Stream,
    pipe: Option<impl Read + Send + 'static>,
    events: SyncSender<Event>,
) -> io::Result<()> {
    let mut pipe = pipe.ok_or(ErrorKind::BrokenPipe)?;
    spawn(move || {
        let mut buffer = vec![0; PIECE];
        loop {
            let event = match pipe.read(&mut buffer) {
                Ok(size) if size > 0 => {
                    Event::Printed(stream, buffer[..size].to_vec())
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                _ => Event::Closed,
            };
            let closed = matches!(event, Event::Closed);
            if events.send(event).is_err() || closed {
                return;
            }
        }
    })
}

/// Starts a thread.
///
/// # Errors
///
/// The system refuses it.
pub fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().spawn(work);
    thread.map(drop).map_err(cli::context("cannot start a thread"))
}
