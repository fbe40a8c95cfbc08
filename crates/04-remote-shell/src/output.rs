//! What a command printed, and how it ended.

use std::fmt::{self, Display};

/// What a command did.
#[derive(Debug)]
pub struct Output {
    /// What it printed on stdout, within the limit.
    pub stdout: Vec<u8>,
    /// What it printed on stderr, within the limit.
    pub stderr: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit status.
    Exited(i32),
    /// By a signal.
    Signalled,
    /// Its time was over.
    TimedOut,
    /// It printed more than it may.
    TooMuch,
    /// Nobody waits for it any more: see [`Cancel`](crate::Cancel).
    Cancelled,
}

impl Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exited(code) => write!(f, "exit status {code}"),
            End::Signalled => write!(f, "ended by a signal"),
            End::TimedOut => write!(f, "stopped, --timeout is over"),
            End::TooMuch => write!(f, "stopped, --max-output is reached"),
            End::Cancelled => write!(f, "stopped, the client has left"),
        }
    }
}

impl Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.stdout.len() + self.stderr.len();
        write!(f, "{size} bytes, {}", self.end)
    }
}
