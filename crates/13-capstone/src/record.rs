//! Records: the pieces of the protected channel, each with a counter and a tag.

use std::io;

use byteorder::{BigEndian, ByteOrder};
use custom_header::invalid;
use hmac_auth::{SIZE, tag, verify};

/// The largest body of a record, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// How many bytes stand in front of the body: counter and kind.
pub(crate) const HEAD: usize = 8 + 1;

/// The largest record: the limit of its frame.
pub(crate) const MAX_RECORD: usize = HEAD + MAX_BODY + SIZE;

/// What a record holds. The first three have the numbers of the file descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// What the command is to read; empty: the end of it.
    Stdin = 0,
    /// What the command has printed.
    Stdout = 1,
    /// What it has complained about.
    Stderr = 2,
    /// A piece of a file.
    File = 3,
    /// A JSON object.
    Message = 4,
    /// The last record of its direction: why the sender ends, UTF-8, may be empty.
    End = 5,
}

impl Kind {
    const ALL: [Kind; 6] = [
        Kind::Stdin,
        Kind::Stdout,
        Kind::Stderr,
        Kind::File,
        Kind::Message,
        Kind::End,
    ];

    fn from_byte(byte: u8) -> io::Result<Self> {
        Kind::ALL.get(usize::from(byte)).copied().ok_or_else(|| {
            invalid(format!("a record of kind {byte}, expected 0 to 5"))
        })
    }
}

/// A record that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it holds.
    pub kind: Kind,
    /// At most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// The payload of a frame: counter, kind, body, and the tag of these three.
pub(crate) fn seal(
    key: &[u8; SIZE],
    counter: u64,
    kind: Kind,
    body: &[u8],
) -> Vec<u8> {
    let mut record = vec![0; HEAD];
    BigEndian::write_u64(&mut record, counter);
    record[HEAD - 1] = kind as u8;
    record.extend_from_slice(body);
    let tag = tag(key, &record);
    record.extend_from_slice(&tag);
    record
}

/// Checks the payload of a frame: first its tag, for nothing else can be believed
/// before, and then its counter.
pub(crate) fn open(
    key: &[u8; SIZE],
    expected: u64,
    payload: &[u8],
) -> io::Result<Record> {
    let Some((record, tag)) = payload
        .split_last_chunk::<SIZE>()
        .filter(|(record, _)| record.len() >= HEAD)
    else {
        let size = payload.len();
        return Err(invalid(format!(
            "a record of {size} bytes, expected {} or more",
            HEAD + SIZE
        )));
    };
    if !verify(key, record, tag) {
        return Err(invalid(format!(
            "record {expected} has a wrong tag: it was changed on the way"
        )));
    }
    let counter = BigEndian::read_u64(record);
    if counter < expected {
        return Err(invalid(format!(
            "record {counter} came a second time, expected record {expected}"
        )));
    }
    if counter > expected {
        return Err(invalid(format!(
            "record {counter} came, expected record {expected}: it is missing \
             or late"
        )));
    }
    let kind = Kind::from_byte(record[HEAD - 1])?;
    Ok(Record { kind, body: record[HEAD..].to_vec() })
}
