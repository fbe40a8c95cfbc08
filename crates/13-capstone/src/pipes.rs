//! The threads around a command: one waits for its end, one for each of its streams.

use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};

use crate::Kind;
use crate::record::MAX_BODY;

/// What happens to a command.
pub enum Event {
    /// It has printed something on stdout or stderr.
    Printed(Kind, Vec<u8>),
    /// One of these two has come to its end.
    Closed,
    /// It has taken so many bytes of its input.
    Taken(usize),
    /// The shell has ended.
    Exited(io::Result<ExitStatus>),
    /// Somebody has ended the command.
    Ended,
}

/// Waits for the end of a shell that is still to be started and handed over. So if
/// there is a shell, there is somebody who waits for it.
pub fn wait(events: SyncSender<Event>) -> io::Result<mpsc::Sender<Child>> {
    let (hand_over, started) = mpsc::channel::<Child>();
    spawn(move || {
        if let Ok(mut shell) = started.recv() {
            let _ = events.send(Event::Exited(shell.wait()));
        }
    })?;
    Ok(hand_over)
}

/// Writes into the command's input what is given; nothing is its end. A command that
/// does not read makes this thread wait, and nobody else.
pub fn feed(
    mut stdin: ChildStdin,
    events: SyncSender<Event>,
) -> io::Result<SyncSender<Vec<u8>>> {
    let (give, given) = mpsc::sync_channel::<Vec<u8>>(1);
    spawn(move || {
        for bytes in given {
            let all = bytes.is_empty() || stdin.write_all(&bytes).is_err();
            if all || events.send(Event::Taken(bytes.len())).is_err() {
                return; // which closes the pipe
            }
        }
    })?;
    Ok(give)
}

/// Passes on what a pipe brings, until its end.
pub fn listen(
    kind: Kind,
    mut pipe: impl Read + Send + 'static,
    events: SyncSender<Event>,
) -> io::Result<()> {
    let listening = spawn(move || {
        let mut buffer = vec![0; MAX_BODY];
        loop {
            let event = match pipe.read(&mut buffer) {
                Ok(size) if size > 0 => {
                    Event::Printed(kind, buffer[..size].to_vec())
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                _ => Event::Closed,
            };
            let closed = matches!(event, Event::Closed);
            if events.send(event).is_err() || closed {
                return;
            }
        }
    });
    listening.map(drop)
}

/// A thread, if there can be one more.
pub fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let thread = thread::Builder::new().spawn(work);
    thread.map_err(cli::context("cannot start a thread"))
}
