//! What comes from a client: requests, contents, a digest; and what it means for the
//! conversation if one of them is wrong.

use std::fs::File;
use std::io::{self, ErrorKind};

use cli::context;
use custom_header::{MAX_COMMAND, parse_object, read_frame};
use sha2::{Digest, Sha256};

use crate::connection::Connection;
use crate::copy::{CopyError, copy, hex};
use crate::protocol::{Request, text};
use crate::refusal::{Refusal, kind};

/// Why a request came to nothing.
pub enum Failure {
    /// The client is told, and the next request is read.
    Refused(Refusal),
    /// The client is told, but the stream is out of step: that was all.
    Last(Refusal),
    /// Nobody is there to be told.
    Lost(io::Error),
}

/// Takes the contents of a file and returns their digest.
pub fn receive(
    connection: &mut Connection,
    file: &mut File,
    size: u64,
) -> Result<String, Failure> {
    let mut digest = Sha256::new();
    match copy(connection, file, size, &mut digest) {
        Ok(()) => Ok(hex(&digest)),
        Err(CopyError::Read(error)) => Err(Failure::Lost(error)),
        Err(CopyError::Write(error)) => {
            let error = context("cannot write")(error);
            Err(Failure::Last(Refusal::new(kind::IO, error)))
        }
    }
}

/// The next request, or none at the end.
pub fn next_request(
    connection: &mut Connection,
) -> Result<Option<Request>, Failure> {
    match next_frame(connection)? {
        Some(bytes) => Ok(Some(Request::from_json(&bytes).map_err(bad_request)?)),
        None => Ok(None),
    }
}

/// The digest behind the contents of a file.
pub fn read_digest(connection: &mut Connection) -> Result<String, Failure> {
    let Some(bytes) = next_frame(connection)? else {
        let error = "the end came before the digest";
        return Err(io::Error::new(ErrorKind::UnexpectedEof, error).into());
    };
    let object = parse_object(&bytes).map_err(bad_request)?;
    Ok(text(&object, "sha256").map_err(bad_request)?.to_string())
}

fn next_frame(connection: &mut Connection) -> Result<Option<Vec<u8>>, Failure> {
    read_frame(connection, MAX_COMMAND).map_err(|error| match error.kind() {
        // Too long: its payload is still to come, and nobody will read that.
        ErrorKind::InvalidData => {
            Failure::Last(Refusal::new(kind::BAD_REQUEST, error))
        }
        _ => Failure::Lost(error),
    })
}

fn bad_request(error: io::Error) -> Failure {
    Failure::Refused(Refusal::new(kind::BAD_REQUEST, error))
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Lost(error)
    }
}
