//! A command that runs for a client: what it prints goes out as it comes, and its input
//! and its end may come at any time.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cli::context;
use remote_shell::group::{self, Group};
use serde_json::{Value, json};

use crate::record::MAX_BODY;
use crate::{Kind, Outgoing};

/// Output that is still on its way when a command has been ended is waited for as long
/// as there is no pause of this length: a process that has left the group may hold the
/// streams open for ever (lesson 4).
const GRACE: Duration = Duration::from_secs(3);

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exited(i32),
    /// By a signal.
    Signal,
    /// Its time was over.
    TimedOut,
    /// Its client did not want it any more.
    Interrupted,
}

impl End {
    /// As a message.
    pub fn to_json(self) -> Value {
        let (code, end) = match self {
            End::Exited(code) => (Some(code), "exited"),
            End::Signal => (None, "signal"),
            End::TimedOut => (None, "timed_out"),
            End::Interrupted => (None, "interrupted"),
        };
        json!({"exit_code": code, "end": end})
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exited(code) => write!(f, "exit code {code}"),
            End::Signal => write!(f, "ended by a signal"),
            End::TimedOut => write!(f, "ended, --timeout is over"),
            End::Interrupted => write!(f, "interrupted"),
        }
    }
}

/// A command that runs, and may be fed and ended.
pub struct Running {
    command: Arc<Command>,
    input: SyncSender<Vec<u8>>,
    relay: JoinHandle<io::Result<()>>,
}

/// What has to do with the command's end, which any thread may bring about.
struct Command {
    state: Mutex<State>,
    events: SyncSender<Event>,
}

struct State {
    /// `None` once it has ended.
    group: Option<Group>,
    /// How, then.
    end: End,
}

enum Event {
    /// stdout or stderr.
    Printed(Kind, Vec<u8>),
    /// The end of one of them.
    Closed,
    /// The command has taken so many bytes of its input.
    Taken(usize),
    Exited(io::Result<ExitStatus>),
    /// Somebody has ended the command.
    Ended,
}

impl Running {
    /// Starts a command with the system's shell. Whatever it prints is sent, and at
    /// last how it ended, after `at_end` has been told. It is ended with all that it
    /// has started when the shell ends, when its time is over, or by
    /// [`end`](Running::end).
    ///
    /// # Errors
    ///
    /// The command cannot be started: it holds a NUL, or the system refuses a process,
    /// a pipe or a thread.
    pub fn start(
        command: &str,
        timeout: Duration,
        outgoing: Arc<Outgoing>,
        at_end: impl FnOnce(End) + Send + 'static,
    ) -> io::Result<Self> {
        // Room for one event, and no more: a command that prints faster than its client
        // reads must wait, not fill our memory.
        let (events, happened) = mpsc::sync_channel(1);
        // This thread first: if a later one cannot be had, somebody still waits for the
        // shell.
        let (hand_over, started) = mpsc::channel::<Child>();
        let exited = events.clone();
        spawn(move || {
            if let Ok(mut shell) = started.recv() {
                let _ = exited.send(Event::Exited(shell.wait()));
            }
        })?;
        let (group, mut shell) = group::start(command, Stdio::piped())?;
        let pipes = (shell.stdin.take(), shell.stdout.take(), shell.stderr.take());
        let _ = hand_over.send(shell);
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        let input = feed(stdin, events.clone())?;
        listen(Kind::Stdout, stdout, events.clone())?;
        listen(Kind::Stderr, stderr, events.clone())?;
        let state = Mutex::new(State { group: Some(group), end: End::Signal });
        let command = Arc::new(Command { state, events });
        let watched = Arc::clone(&command);
        let relay = spawn(move || {
            let relayed = watched.relay(&happened, timeout, &outgoing);
            let end = watched.end(End::Interrupted); // if nobody takes the output
            at_end(end);
            let sent = relayed.and_then(|()| outgoing.message(&end.to_json()));
            sent.inspect_err(|_| outgoing.cut()) // the thread that reads hears of it
        })?;
        Ok(Running { command, input, relay })
    }

    /// False once the command has ended; that may not have been sent yet.
    pub fn runs(&self) -> bool {
        !self.command.has_ended()
    }

    /// Hands over input; nothing is its end. Never waits: before the client is told
    /// that this has been taken, it may send no more.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it has sent more all the same.
    pub fn give(&self, bytes: Vec<u8>) -> io::Result<()> {
        match self.input.try_send(bytes) {
            Err(TrySendError::Full(_)) => Err(custom_header::invalid(
                "input came before what came before it was taken",
            )),
            // It reads no more, or has ended.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// Ends the command and all that it has started, unless it has ended already.
    pub fn end(&self) {
        let _ = self.command.end(End::Interrupted);
    }

    /// Waits until all has been sent.
    ///
    /// # Errors
    ///
    /// The connection's.
    pub fn wait(self) -> io::Result<()> {
        self.relay.join().unwrap_or(Err(ErrorKind::Other.into()))
    }
}

impl Command {
    /// Sends what happens, until the command has ended and all streams with it.
    fn relay(
        &self,
        happened: &Receiver<Event>,
        timeout: Duration,
        outgoing: &Outgoing,
    ) -> io::Result<()> {
        let deadline = Instant::now() + timeout;
        let mut awaited = 3; // the ends of stdout, of stderr, of the shell
        while awaited > 0 {
            let left = match self.has_ended() {
                true => GRACE,
                false => deadline.saturating_duration_since(Instant::now()),
            };
            match happened.recv_timeout(left) {
                Ok(Event::Printed(kind, bytes)) => outgoing.send(kind, &bytes)?,
                Ok(Event::Taken(size)) => {
                    outgoing.message(&json!({"taken": size}))?
                }
                Ok(Event::Closed) => awaited -= 1,
                Ok(Event::Exited(status)) => {
                    awaited -= 1;
                    let code = status.ok().and_then(|status| status.code());
                    self.end(code.map_or(End::Signal, End::Exited));
                }
                Ok(Event::Ended) => {} // the loop looks whether that is so
                Err(_) if !self.has_ended() => {
                    self.end(End::TimedOut);
                }
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Ends whatever runs. The first reason counts, and is returned.
    fn end(&self, end: End) -> End {
        let mut state = self.lock();
        if state.group.take().is_some() {
            state.end = end;
            // If there is no room, `relay` has something to do, and will look here.
            let _ = self.events.try_send(Event::Ended);
        }
        state.end
    }

    fn has_ended(&self) -> bool {
        self.lock().group.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes into the command's input what is given, piece by piece. A command that does
/// not read makes this thread wait, and nobody else.
fn feed(
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
fn listen(
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

fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().spawn(work).map_err(context("cannot start a thread"))
}
