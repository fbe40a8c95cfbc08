//! The contents of a file in records, and lists that fit into one.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use custom_header::{Object, invalid, parse_object};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::record::MAX_BODY;
use crate::session::unexpected;
use crate::{Kind, Outgoing, Receiver};

/// Contents on their way out: what is written goes into records.
pub struct Contents<'a>(pub &'a Outgoing);

impl Write for Contents<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = bytes.len().min(MAX_BODY);
        self.0.send(Kind::File, &bytes[..size])?;
        Ok(size)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the client has already: nothing is sent, but it ends when the conversation is
/// cut, so that a large file does not hold up the server's end.
pub struct Skipped<'a>(pub &'a AtomicBool);

impl Write for Skipped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.load(Ordering::SeqCst) {
            true => Err(ErrorKind::ConnectionAborted.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What has come of a file.
pub struct Arrived {
    /// What the sender says behind it: a digest, or an error.
    pub trailer: Object,
    /// Whether all of it could be written; `InvalidData` if it was too much.
    pub written: io::Result<()>,
    /// How many bytes of `room` were left.
    pub missing: u64,
}

/// Takes contents and writes them, at most `room` bytes, until a message comes. What
/// cannot be written is read all the same: so the conversation stays in step.
///
/// # Errors
///
/// The connection's.
pub fn take(
    receiver: &mut Receiver,
    file: &mut impl Write,
    mut room: u64,
    digest: &mut Sha256,
) -> io::Result<Arrived> {
    let mut written = Ok(());
    loop {
        let (kind, body) = next(receiver)?;
        match kind {
            Kind::File => {
                digest.update(&body);
                written = written.and_then(|()| write(file, &body, &mut room));
            }
            Kind::Message => {
                let trailer = parse_object(&body)?;
                return Ok(Arrived { trailer, written, missing: room });
            }
            kind => return Err(unexpected(kind)),
        }
    }
}

fn write(file: &mut impl Write, body: &[u8], room: &mut u64) -> io::Result<()> {
    let left = room.checked_sub(body.len() as u64);
    *room = left.ok_or_else(|| invalid("more bytes came than were announced"))?;
    file.write_all(body).map_err(cli::context("cannot write the file"))
}

/// The next record, of whatever kind but the last.
///
/// # Errors
///
/// `ConnectionAborted` if the other side ends; otherwise as [`Receiver::receive`].
pub fn next(receiver: &mut Receiver) -> io::Result<(Kind, Vec<u8>)> {
    match receiver.receive()? {
        Some(record) if record.kind != Kind::End => Ok((record.kind, record.body)),
        end => {
            let why = end.map(|record| record.body).unwrap_or_default();
            let why = match &why[..] {
                b"" => "the other side has ended".to_string(),
                why => format!("the other side has ended: {}", cli::printable(why)),
            };
            Err(io::Error::new(ErrorKind::ConnectionAborted, why))
        }
    }
}

/// A message with as much of a list as a record may hold.
pub fn fitting(name: &str, mut list: Vec<Value>) -> Vec<u8> {
    let mut truncated = false;
    loop {
        let message = json!({name: list, "truncated": truncated}).to_string();
        if message.len() <= MAX_BODY {
            return message.into_bytes();
        }
        truncated = true;
        list.truncate(list.len() * MAX_BODY / message.len());
    }
}

#[cfg(test)]
mod tests {
    use super::fitting;
    use crate::record::MAX_BODY;
    use serde_json::Value;

    #[test]
    fn a_list_holds_as_much_as_a_record_may() {
        let message = |count| {
            let list =
                (0..count).map(|n| Value::from(format!("{n:0100}"))).collect();
            serde_json::from_slice::<Value>(&fitting("list", list)).unwrap()
        };
        let all = message(600);
        assert_eq!(all["list"].as_array().unwrap().len(), 600);
        assert_eq!(all["truncated"], false);
        let some = message(100_000);
        assert!(some.to_string().len() <= MAX_BODY);
        assert!(some["list"].as_array().unwrap().len() > 600);
        assert_eq!(some["truncated"], true);
    }
}
