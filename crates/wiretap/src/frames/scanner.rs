//! Where the frames of one direction begin and end.

use super::{Kind, LENGTH_SIZE, MAX_FRAME, MAX_HEADER, Part};

/// Where one direction is.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    pub(super) state: State,
    /// The part's bytes so far: of a length, or of a header that is to be looked
    /// into.
    pub(super) kept: Vec<u8>,
    /// How many raw bytes follow once the other side is ready for them.
    pub(super) promised: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) enum State {
    #[default]
    Length,
    Payload {
        kind: Kind,
        size: u64,
        left: u64,
    },
    Raw {
        size: u64,
        left: u64,
    },
    Lost,
}

impl Scanner {
    /// What the first of these bytes are, at least one of them.
    pub(super) fn next(&mut self, bytes: &[u8], lost: &mut Option<String>) -> Part {
        match self.state {
            State::Length => self.length(bytes, lost),
            State::Payload { kind, size, left } => {
                self.payload(bytes, kind, size, left)
            }
            State::Raw { size, left } => {
                let part = part(Kind::Body, bytes, size, left);
                let left = left - part.size as u64;
                self.state = match left {
                    0 => State::Length,
                    _ => State::Raw { size, left },
                };
                part
            }
            State::Lost => part(Kind::Unknown, bytes, 0, bytes.len() as u64),
        }
    }

    fn length(&mut self, bytes: &[u8], lost: &mut Option<String>) -> Part {
        let had = self.kept.len();
        let size = bytes.len().min(LENGTH_SIZE - had);
        self.kept.extend_from_slice(&bytes[..size]);
        let starts = had == 0;
        let Ok(length) = <[u8; LENGTH_SIZE]>::try_from(&self.kept[..]) else {
            return Part {
                kind: Kind::Length,
                size,
                starts,
                ends: false,
                number: None,
            };
        };
        self.kept.clear();
        let number = u32::from_be_bytes(length);
        let mut part =
            Part { kind: Kind::Length, size, starts, ends: true, number: None };
        if number > MAX_FRAME {
            *lost = Some(too_long(length));
            self.state = State::Lost;
            part.kind = Kind::Unknown;
            return part;
        }
        let size = u64::from(number);
        if size > 0 {
            self.state = State::Payload { kind: Kind::Body, size, left: size };
        }
        part.number = Some(size);
        part
    }

    fn payload(
        &mut self,
        bytes: &[u8],
        mut kind: Kind,
        size: u64,
        left: u64,
    ) -> Part {
        if left == size && bytes[0] == b'{' {
            kind = Kind::Header;
        }
        let part = part(kind, bytes, size, left);
        let left = left - part.size as u64;
        self.state = match left {
            0 => State::Length,
            _ => State::Payload { kind, size, left },
        };
        // The last bytes of a header are handed on directly.
        if left > 0 && kind == Kind::Header && size <= MAX_HEADER as u64 {
            self.kept.extend_from_slice(&bytes[..part.size]);
        }
        part
    }

    pub(super) fn expect_raw(&mut self, size: u64) {
        if size > 0 && matches!(self.state, State::Length) && self.kept.is_empty() {
            self.state = State::Raw { size, left: size };
        }
    }
}

fn too_long(length: [u8; LENGTH_SIZE]) -> String {
    let (number, [a, b, c, d]) = (u32::from_be_bytes(length), length);
    format!(
        "no frames: length {number} ({a:02x} {b:02x} {c:02x} {d:02x}) is over {MAX_FRAME}"
    )
}

/// As many of the bytes as belong to a part of which `left` of `size` bytes are to
/// come.
fn part(kind: Kind, bytes: &[u8], size: u64, left: u64) -> Part {
    let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    let ends = taken as u64 == left;
    let number = (kind != Kind::Unknown).then_some(size);
    Part { kind, size: taken, starts: left == size, ends, number }
}
