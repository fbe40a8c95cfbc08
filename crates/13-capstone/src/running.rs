//! A command that runs for a client: what it prints goes out as it comes, and its
//! input and its end may come at any time.

mod command;

use std::io::{self, ErrorKind};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use remote_shell::group;

use crate::end::End;
use crate::{Kind, Outgoing, pipes};

use command::Command;

/// A command that runs, and may be fed and ended.
pub struct Running {
    command: Arc<Command>,
    input: SyncSender<Vec<u8>>,
    relay: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Starts a command with the system's shell. Whatever it prints is sent, and at
    /// last how it ended; `at_end` is told at once. It is ended with all that it has
    /// started when the shell ends, when its time is over, or by
    /// [`end`](Running::end).
    ///
    /// # Errors
    ///
    /// The command cannot be started: it holds a NUL, or the system refuses a
    /// process, a pipe or a thread.
    pub fn start(
        command: &str,
        timeout: Duration,
        outgoing: Arc<Outgoing>,
        at_end: impl FnOnce(End) + Send + 'static,
    ) -> io::Result<Self> {
        // Room for one event, and no more: a command that prints faster than its
        // client reads must wait, not fill our memory.
        let (events, happened) = mpsc::sync_channel(1);
        let hand_over = pipes::wait(events.clone())?;
        let (group, mut shell) = group::start(command, Stdio::piped())?;
        let streams = (shell.stdin.take(), shell.stdout.take(), shell.stderr.take());
        let _ = hand_over.send(shell);
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        let input = pipes::feed(stdin, events.clone())?;
        // Both at once: a command that fills one of them waits until it is read.
        pipes::listen(Kind::Stdout, stdout, events.clone())?;
        pipes::listen(Kind::Stderr, stderr, events.clone())?;
        let command = Arc::new(Command::new(group, events, Box::new(at_end)));
        let (limited, relayed) = (Arc::clone(&command), Arc::clone(&command));
        let (done, over) = mpsc::channel::<()>();
        // Not the thread that sends: it may wait for a client that takes nothing.
        pipes::spawn(move || {
            if over.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
                limited.end(End::TimedOut);
            }
        })?;
        let relay = pipes::spawn(move || {
            let _done = done; // dropped at the end
            let sent = relayed.relay(&happened, &outgoing);
            // If nobody takes what it prints.
            let end = relayed.end(End::Interrupted);
            let sent = sent.and_then(|()| outgoing.message(&end.to_json()));
            sent.inspect_err(|_| outgoing.cut()) // the thread that reads hears of it
        })?;
        Ok(Running { command, input, relay })
    }

    /// False once the command has ended; that may not have been sent yet.
    pub fn runs(&self) -> bool {
        !self.command.has_ended()
    }

    /// True once all has been sent.
    pub fn is_done(&self) -> bool {
        self.relay.is_finished()
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
