//! Runs one command with the system's shell, within limits.

use std::io;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::event::{Cancel, Event, Stream, WAITING, listen, spawn};
use crate::group::{self, Group};
use crate::output::{End, Output};

/// What a command may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may run.
    pub timeout: Duration,
    /// How many bytes it may print, on stdout and stderr together.
    pub max_output: usize,
}

/// Output that is still on its way when a command has been ended is waited for this
/// long: a process that has left the group may hold the streams open for ever. The
/// threads that listen to it stay until it prints again or ends.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a command with the system's shell and collects what it prints.
///
/// A command is the shell and all that it starts: when the shell ends, or time, room
/// or the client's patience is over, whatever still runs is ended. Standard input is
/// empty.
///
/// On Unix it is the process group that is ended. A process that has left it lives on:
/// with setsid(1), or inside GNU's timeout(1), which makes a group of its own.
///
/// # Errors
///
/// The command cannot be started: it holds a NUL, or the system refuses a process, a
/// pipe or a thread.
pub fn run(command: &str, limits: Limits, cancel: &Cancel) -> io::Result<Output> {
    let (events, happened) = mpsc::sync_channel(WAITING);
    let output =
        Output { stdout: Vec::new(), stderr: Vec::new(), end: End::Cancelled };
    if !cancel.watch(&events) {
        return Ok(output);
    }
    // This thread first: if a later one cannot be had, somebody still waits for the shell.
    let (hand_over, started) = mpsc::channel::<Child>();
    let ended = events.clone();
    spawn(move || {
        if let Ok(mut shell) = started.recv() {
            drop(ended.send(Event::Exited(shell.wait())));
        }
    })?;
    let (group, mut shell) = group::start(command, Stdio::null())?;
    let (stdout, stderr) = (shell.stdout.take(), shell.stderr.take());
    drop(hand_over.send(shell));
    // Both at once: a command that fills one pipe waits until it is read; if we waited
    // for the end of the other meanwhile, neither would go on.
    listen(Stream::Out, stdout, events.clone())?;
    listen(Stream::Err, stderr, events)?;

    let deadline = Instant::now() + limits.timeout;
    let mut running = Running { output, group: Some(group), deadline };
    let mut awaited = 3; // the ends of stdout, of stderr, of the shell
    while awaited > 0 {
        match happened.recv_timeout(running.time_left()) {
            Ok(Event::Printed(stream, bytes)) => {
                running.print(stream, &bytes, limits.max_output);
            }
            Ok(Event::Closed) => awaited -= 1,
            Ok(Event::Exited(status)) => {
                awaited -= 1;
                running.stop(status?.code().map_or(End::Signalled, End::Exited));
            }
            Ok(Event::Cancelled) => running.stop(End::Cancelled),
            Err(_) if running.group.is_some() => running.stop(End::TimedOut),
            Err(_) => break,
        }
    }
    Ok(running.output)
}

struct Running {
    output: Output,
    /// `None` when it has been ended.
    group: Option<Group>,
    deadline: Instant,
}

impl Running {
    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Ends whatever runs; the first reason counts.
    fn stop(&mut self, end: End) {
        if self.group.take().is_some() {
            self.output.end = end;
            self.deadline = Instant::now() + GRACE;
        }
    }

    /// Keeps what was printed, if there is room.
    fn print(&mut self, stream: Stream, bytes: &[u8], max: usize) {
        let Output { stdout, stderr, .. } = &mut self.output;
        let taken = bytes.len().min(max - stdout.len() - stderr.len());
        match stream {
            Stream::Out => stdout.extend_from_slice(&bytes[..taken]),
            Stream::Err => stderr.extend_from_slice(&bytes[..taken]),
        }
        if taken < bytes.len() {
            self.stop(End::TooMuch);
            // Also if it had just ended by itself: whether we hear that first is chance.
            if let End::Exited(_) | End::Signalled = self.output.end {
                self.output.end = End::TooMuch;
            }
        }
    }
}
