//! How a command ended.

use std::fmt;

use serde_json::{Value, json};

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
