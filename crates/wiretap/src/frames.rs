//! Where the course's frames begin and end in a stream, across all pieces.
//!
//! Assumed (lessons 5, 6, 7 and 13): a frame is a length, unsigned 32-bit
//! big-endian, and then so many bytes, at most 1 MiB. If these are a JSON object
//! with a number `total_size`, so many raw bytes follow, less the number `offset` if
//! there is one. If it also has a member `op`, it is a request, and the raw bytes
//! follow only when the other side has sent a frame with `{"ready": true}`.

mod scanner;

use serde::Serialize;
use serde_json::Value;

use crate::event::{Direction, bytes};
use scanner::{Scanner, State};

/// The largest length that is believed, in bytes.
pub const MAX_FRAME: u32 = 1024 * 1024;

/// A larger header is not looked into, in bytes.
const MAX_HEADER: usize = 64 * 1024;

const LENGTH_SIZE: usize = 4;

/// What bytes of a frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The length in front.
    Length,
    /// A payload that begins as a JSON object does.
    Header,
    /// Any other payload, or the raw bytes that a header announces.
    Body,
    /// What follows bytes that are no frame.
    Unknown,
}

/// A run of bytes in a piece that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What they are.
    pub kind: Kind,
    /// How many bytes of the piece.
    pub size: usize,
    /// True if its first byte is in this piece.
    pub starts: bool,
    /// True if its last byte is.
    pub ends: bool,
    /// The number that the length stands for, once it is complete; the size of a
    /// payload or body.
    pub number: Option<u64>,
}

/// Both directions of a connection.
#[derive(Debug, Default)]
pub struct Frames {
    scanners: [Scanner; 2],
}

impl Frames {
    /// Takes a piece of a direction and says what its bytes are, in their order; and
    /// where they turn out to be no frames, a sentence that says so, once.
    pub fn take(
        &mut self,
        direction: Direction,
        mut bytes: &[u8],
    ) -> (Vec<Part>, Option<String>) {
        let mut parts = Vec::new();
        let mut lost = None;
        while !bytes.is_empty() {
            let part = self.scanners[direction as usize].next(bytes, &mut lost);
            let (taken, rest) = bytes.split_at(part.size);
            let whole_header = part.ends && part.kind == Kind::Header;
            parts.push(part);
            if whole_header {
                self.look_into(direction, taken);
            }
            bytes = rest;
        }
        (parts, lost)
    }

    /// What is missing at the end of file, if it comes inside a frame.
    pub fn end(&self, direction: Direction) -> Option<String> {
        let scanner = &self.scanners[direction as usize];
        let (left, of) = match scanner.state {
            State::Length if scanner.kept.is_empty() => return None,
            State::Length => ((LENGTH_SIZE - scanner.kept.len()) as u64, "length"),
            State::Payload { left, kind: Kind::Header, .. } => (left, "header"),
            State::Payload { left, .. } | State::Raw { left, .. } => (left, "body"),
            State::Lost => return None,
        };
        let (left, are) = (bytes(left), if left == 1 { "is" } else { "are" });
        Some(format!("end of file inside a frame: {left} of its {of} {are} missing"))
    }

    /// Finds out what follows a header, the last bytes of which are `taken`.
    fn look_into(&mut self, direction: Direction, taken: &[u8]) {
        let scanner = &mut self.scanners[direction as usize];
        let mut header = std::mem::take(&mut scanner.kept);
        header.extend_from_slice(taken);
        let Ok(Value::Object(header)) = serde_json::from_slice(&header) else {
            return;
        };
        let number = |name| header.get(name).and_then(Value::as_u64);
        let follows = number("total_size")
            .map(|size| size.saturating_sub(number("offset").unwrap_or(0)));
        if header.contains_key("op") {
            scanner.promised = follows;
        } else if let Some(size) = follows {
            scanner.expect_raw(size);
        } else if header.get("ready") == Some(&Value::Bool(true)) {
            let other = &mut self.scanners[direction.other() as usize];
            let promised = other.promised.take();
            other.expect_raw(promised.unwrap_or(0));
        }
    }
}

impl Part {
    /// What it is called: `…` stands where it goes on in another piece.
    pub fn label(&self) -> String {
        let before = if self.starts { "" } else { "…" };
        let after = if self.ends { "" } else { "…" };
        let name = match (self.kind, self.number) {
            (Kind::Length, Some(number)) => format!("length {number}"),
            (Kind::Length, None) => "length".into(),
            (Kind::Header, _) => "header".into(),
            (Kind::Body, Some(size)) => format!("body of {size}"),
            (Kind::Body, None) => "body".into(),
            (Kind::Unknown, _) => return String::new(),
        };
        format!("{before}{name}{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{ClientToServer, ServerToClient};

    fn frame(payload: &[u8]) -> Vec<u8> {
        [&(payload.len() as u32).to_be_bytes(), payload].concat()
    }

    fn labels(frames: &mut Frames, direction: Direction, bytes: &[u8]) -> String {
        let (parts, lost) = frames.take(direction, bytes);
        let sizes: usize = parts.iter().map(|part| part.size).sum();
        assert_eq!(sizes, bytes.len());
        let labels: Vec<_> = parts.iter().map(Part::label).collect();
        format!("{}{}", labels.join(", "), lost.unwrap_or_default())
    }

    #[test]
    fn two_frames_in_one_piece_are_told_apart() {
        let bytes = [frame(b"hello"), frame(b""), frame(b"feng")].concat();
        assert_eq!(
            labels(&mut Frames::default(), ClientToServer, &bytes),
            "length 5, body of 5, length 0, length 4, body of 4"
        );
    }

    #[test]
    fn a_frame_goes_on_across_pieces() {
        let mut frames = Frames::default();
        let bytes = [frame(b"hello"), frame(b"feng")].concat();
        let label = |range: std::ops::Range<usize>| {
            labels(&mut frames, ClientToServer, &bytes[range])
        };
        let shown: Vec<_> = [0..2, 2..6, 6..11, 11..17].map(label).into();
        assert_eq!(shown[0], "length…");
        assert_eq!(shown[1], "…length 5, body of 5…");
        assert_eq!(shown[2], "…body of 5, length…");
        assert_eq!(shown[3], "…length 4, body of 4");
        assert_eq!(frames.end(ClientToServer), None);
    }

    /// What each byte is, whatever the pieces.
    fn kinds(frames: &mut Frames, bytes: &[u8], size: usize) -> Vec<Kind> {
        let pieces = bytes.chunks(size);
        let parts = pieces.flat_map(|piece| frames.take(ServerToClient, piece).0);
        parts.flat_map(|part| vec![part.kind; part.size]).collect()
    }

    #[test]
    fn one_byte_at_a_time_and_all_at_once_agree() {
        let header = br#"{"total_size": 9, "offset": 2}"#;
        let bytes =
            [frame(b"x"), frame(header), b"{\0\0\0\x01ab".to_vec(), frame(b"{}")]
                .concat();
        let whole = kinds(&mut Frames::default(), &bytes, bytes.len());
        for size in 1..bytes.len() {
            assert_eq!(kinds(&mut Frames::default(), &bytes, size), whole, "{size}");
        }
        let raw = &whole[4 + 1 + 4 + header.len()..][..7];
        assert_eq!(raw, [Kind::Body; 7]);
        assert_eq!(
            whole[whole.len() - 6..][..5],
            [[Kind::Length; 4].as_slice(), &[Kind::Header]].concat()
        );
    }

    #[test]
    fn a_put_is_followed_by_raw_bytes_only_if_the_server_is_ready() {
        let put = frame(br#"{"op": "put", "total_size": 5}"#);
        let mut frames = Frames::default();
        assert_eq!(labels(&mut frames, ClientToServer, &put), "length 30, header");
        let ready = frame(br#"{"ready": true}"#);
        assert_eq!(labels(&mut frames, ServerToClient, &ready), "length 15, header");
        let bytes = [b"hello".to_vec(), frame(b"{}")].concat();
        assert_eq!(
            labels(&mut frames, ClientToServer, &bytes),
            "body of 5, length 2, header"
        );
        labels(&mut frames, ClientToServer, &put);
        let refusal = frame(br#"{"error": {"kind": "exists"}}"#);
        labels(&mut frames, ServerToClient, &refusal);
        assert_eq!(labels(&mut frames, ClientToServer, &put), "length 30, header");
    }

    #[test]
    fn bytes_that_are_no_frames_are_called_so_once() {
        let mut frames = Frames::default();
        assert_eq!(
            labels(&mut frames, ClientToServer, b"hello"),
            ", no frames: length 1751477356 (68 65 6c 6c) is over 1048576"
        );
        assert_eq!(labels(&mut frames, ClientToServer, b"hello"), "");
        assert_eq!(frames.end(ClientToServer), None);
    }

    #[test]
    fn cut_anywhere_the_end_says_what_is_missing() {
        let bytes = frame(b"abc");
        for end in 0..bytes.len() {
            let mut frames = Frames::default();
            frames.take(ClientToServer, &bytes[..end]);
            let said = frames.end(ClientToServer).unwrap_or_default();
            let expected = match end {
                0 => "".into(),
                1..4 => format!(": {} of its length", super::bytes(4 - end as u64)),
                _ => format!(": {} of its body", super::bytes(7 - end as u64)),
            };
            assert!(
                said.contains(&expected) && said.is_empty() == (end == 0),
                "{said}"
            );
        }
    }
}
