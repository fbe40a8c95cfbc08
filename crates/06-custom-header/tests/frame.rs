//! What must hold of frames, without sockets: cut and read at every place, long and
//! empty, written and read again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, ErrorKind, Read, Write};
use std::iter;

use custom_header::{Header, MAX_MESSAGE, parse_object, read_frame, write_frame};
use proptest::collection::vec;
use proptest::prelude::*;

const LIMIT: usize = 100;

/// Gives at most `size` bytes a read, and is interrupted before each.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
    interrupted: bool,
}

fn pieces(bytes: &[u8], size: usize) -> Pieces<'_> {
    Pieces { bytes, size, interrupted: false }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let size = self.size.min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

/// Keeps each write apart.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(&mut bytes, payload).unwrap();
    bytes
}

/// All frames up to the end of file.
fn frames(mut reader: impl Read, limit: usize) -> io::Result<Vec<Vec<u8>>> {
    iter::from_fn(|| read_frame(&mut reader, limit).transpose()).collect()
}

#[test]
fn a_frame_is_four_bytes_of_length_big_endian_and_the_payload() {
    assert_eq!(frame(b"hello"), b"\0\0\0\x05hello");
    assert_eq!(frame(b""), b"\0\0\0\0");
    assert_eq!(frame(&[b'x'; 0x01_02_03])[..5], *b"\0\x01\x02\x03x");
}

#[test]
fn a_frame_is_one_write() {
    let mut writes = Writes::default();
    write_frame(&mut writes, b"hello").unwrap();
    write_frame(&mut writes, b"").unwrap();
    write_frame(&mut writes, &[b'x'; MAX_MESSAGE]).unwrap();
    let sizes: Vec<_> = writes.0.iter().map(Vec::len).collect();
    assert_eq!(sizes, [9, 4, 4 + MAX_MESSAGE]);
}

#[test]
fn frames_are_whole_whatever_the_size_of_a_read() {
    let payloads = [&b"hello"[..], b"", &[0; LIMIT], "你好".as_bytes(), b"\n"];
    let bytes = payloads.map(frame).concat();
    for size in 1..=64 {
        assert_eq!(frames(pieces(&bytes, size), LIMIT).unwrap(), payloads);
    }
}

#[test]
fn a_cut_inside_a_frame_is_an_error_and_a_cut_between_frames_is_the_end() {
    let bytes = [frame(b"hello"), frame(b""), frame(&[b'x'; 70])].concat();
    let starts = [0, 9, 13, 87];
    assert_eq!(bytes.len(), 87);
    for size in 1..=64 {
        for cut in 0..=bytes.len() {
            let mut reader = pieces(&bytes[..cut], size);
            let whole = starts.iter().filter(|start| **start <= cut).count() - 1;
            for _ in 0..whole {
                assert!(read_frame(&mut reader, LIMIT).unwrap().is_some());
            }
            let last = read_frame(&mut reader, LIMIT);
            match starts.contains(&cut) {
                true => assert_eq!(last.unwrap(), None),
                false => {
                    let error = last.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                    assert_eq!(
                        error.to_string(),
                        cut_text(cut - starts[whole], bytes[starts[whole] + 3])
                    );
                }
            }
        }
    }
}

/// What is said of a frame whose end of file comes after `size` bytes.
fn cut_text(size: usize, length: u8) -> String {
    let (size, of, part) = match size {
        0..4 => (size, 4, "length"),
        _ => (size - 4, length, "payload"),
    };
    format!("frame cut: end of file after {size} of {of} bytes of its {part}")
}

#[test]
fn the_limit_is_allowed_and_one_more_is_not() {
    for limit in [0, 1, LIMIT, MAX_MESSAGE] {
        let bytes = frame(&vec![b'x'; limit]);
        assert_eq!(
            read_frame(&mut &bytes[..], limit).unwrap().unwrap().len(),
            limit
        );
    }
    for limit in [0, 1, LIMIT, MAX_MESSAGE - 1] {
        let bytes = frame(&vec![b'x'; limit + 1]);
        let error = read_frame(&mut &bytes[..], limit).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let text =
            format!("frame too long: {} bytes, the limit is {limit}", limit + 1);
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_giant_length_is_refused_before_its_payload_is_read() {
    let bytes = [&[0xff; 4][..], &[b'x'; 1000]].concat();
    for limit in [0, LIMIT, MAX_MESSAGE] {
        let mut reader = &bytes[..];
        let error = read_frame(&mut reader, limit).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("4294967295 bytes"), "{error}");
        assert_eq!(reader.len(), 1000);
    }
}

#[test]
fn what_no_reader_would_take_is_not_written() {
    let mut writes = Writes::default();
    let error = write_frame(&mut writes, &[0; MAX_MESSAGE + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "frame too long: 1048577 bytes, the limit is 1048576"
    );
    assert!(writes.0.is_empty());
}

#[test]
fn an_error_of_the_reader_or_writer_is_passed_on() {
    struct Reset;
    impl Read for Reset {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
    let bytes = frame(b"hello");
    for cut in 0..bytes.len() {
        let error = read_frame(&mut bytes[..cut].chain(Reset), LIMIT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    let error = write_frame(&mut &mut [0; 8][..], b"hello").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read(
        payloads in vec(vec(any::<u8>(), 0..200), 0..8),
        size in 1_usize..300,
    ) {
        let bytes: Vec<u8> = payloads.iter().flat_map(|it| frame(it)).collect();
        prop_assert_eq!(frames(pieces(&bytes, size), 200).unwrap(), payloads);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in vec(any::<u8>(), 0..300),
        size in 1_usize..64,
        limit in 0_usize..300,
    ) {
        let _ = frames(pieces(&bytes, size), limit);
        let _ = parse_object(&bytes);
        let _ = Header::from_json(&bytes);
    }

    /// Any bytes are hardly ever a short length: so frames, damaged.
    #[test]
    fn no_damage_to_frames_makes_a_reader_panic_or_take_more_than_the_limit(
        payloads in vec(vec(any::<u8>(), 0..20), 1..8),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        limit in 0_usize..30,
    ) {
        let mut bytes: Vec<u8> = payloads.iter().flat_map(|it| frame(it)).collect();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut reader = &bytes[..];
        while let Ok(Some(payload)) = read_frame(&mut reader, limit) {
            prop_assert!(payload.len() <= limit);
        }
    }
}
