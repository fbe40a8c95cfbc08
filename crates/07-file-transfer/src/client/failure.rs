//! Why a client's request came to nothing, and whether another one makes sense.

use std::fmt;
use std::io;

use crate::refusal::Refusal;

/// Why a request came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The server does not want to.
    Refused(Refusal),
    /// This side could not: the server may be asked something else.
    Here(io::Error),
    /// The connection is of no use any more.
    Broken(io::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Broken(error)
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => io::Error::other(refusal.to_string()),
            Failure::Here(error) | Failure::Broken(error) => error,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(refusal) => write!(f, "{refusal}"),
            Failure::Here(error) | Failure::Broken(error) => write!(f, "{error}"),
        }
    }
}
