//! What must hold of records, without sockets: cut and read at every place, every
//! bit changed, repeated, left out, exchanged, sent back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, ErrorKind, Read, Write};
use std::iter;

use capstone::record::MAX_BODY;
use capstone::{Kind, Receiver, Record, Sender};
use custom_header::{read_frame, write_frame};
use proptest::collection::vec;
use proptest::prelude::*;

const KEY: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

/// Gives at most `size` bytes a read, and is interrupted before each.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
    interrupted: bool,
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

fn record(kind: Kind, body: &[u8]) -> Record {
    Record { kind, body: body.to_vec() }
}

/// Some records, one of each kind, of which the last is the end.
fn samples() -> Vec<Record> {
    vec![
        record(Kind::Message, br#"{"op":"ls"}"#),
        record(Kind::Stdin, b""),
        record(Kind::Stdout, b"out"),
        record(Kind::Stderr, &[0xff; 300]),
        record(Kind::File, b"\0\0\0\0"),
        record(Kind::End, b"quit"),
    ]
}

/// The frames on the wire, each for itself.
fn sent(records: &[Record]) -> Vec<Vec<u8>> {
    let mut wire = Vec::new();
    let mut sender = Sender::new(&mut wire, KEY);
    for record in records {
        sender.send(record.kind, &record.body).unwrap();
    }
    let mut rest = &wire[..];
    iter::from_fn(|| read_frame(&mut rest, usize::MAX).unwrap())
        .map(|payload| {
            [&(payload.len() as u32).to_be_bytes(), &payload[..]].concat()
        })
        .collect()
}

/// What arrives, and what ends it.
fn received(reader: impl Read) -> (Vec<Record>, io::Result<()>) {
    let mut receiver = Receiver::new(reader, KEY);
    let mut records = Vec::new();
    loop {
        match receiver.receive() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return (records, Ok(())),
            Err(error) => {
                let kind = receiver.receive().unwrap_err().kind();
                assert_eq!(kind, ErrorKind::UnexpectedEof, "nothing may follow");
                return (records, Err(error));
            }
        }
    }
}

/// How many records arrive of these frames, and with which words it ends.
fn end(frames: &[Vec<u8>]) -> (usize, String) {
    let (records, end) = received(&frames.concat()[..]);
    assert_eq!(records, samples()[..records.len()], "only what was sent, in order");
    (records.len(), end.map_or_else(|error| error.to_string(), |()| String::new()))
}

#[test]
fn a_record_is_a_frame_with_counter_kind_body_and_tag() {
    let frames = sent(&samples());
    assert_eq!(frames[0][..13], *b"\0\0\0\x34\0\0\0\0\0\0\0\0\x04");
    assert_eq!(&frames[0][13..24], br#"{"op":"ls"}"#);
    assert_eq!(frames[0][24..], hmac_auth::tag(&KEY, &frames[0][4..24]));
    assert_eq!(frames[1][..13], *b"\0\0\0\x29\0\0\0\0\0\0\0\x01\x00");
    let kinds: Vec<u8> = frames.iter().map(|frame| frame[12]).collect();
    assert_eq!(kinds, [4, 0, 1, 2, 3, 5]);
}

/// Computed with Python's hmac and hashlib, as the book says it.
#[test]
fn a_record_is_that_of_the_example_in_the_book() {
    let hex = "f7f79aeb88fab3715c04d2cfe4f73e669d8925679a3e63dd63dd1ad7e2108e52";
    let key = bytes(hex).try_into().unwrap();
    let mut wire = Vec::new();
    Sender::new(&mut wire, key).send(Kind::Message, br#"{"op":"ls"}"#).unwrap();
    let expected = "000000340000000000000000047b226f70223a226c73227d\
                    bb97124961b9019a538a41e40b717a89d7871540c25ba3872af8da89e2b56456";
    assert_eq!(wire, bytes(expected));
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[test]
fn records_are_whole_whatever_the_size_of_a_read() {
    let wire = sent(&samples()).concat();
    for size in 1..=64 {
        let pieces = Pieces { bytes: &wire, size, interrupted: false };
        let (records, end) = received(pieces);
        assert_eq!(records, samples());
        end.unwrap();
    }
}

#[test]
fn a_cut_at_any_byte_is_no_clean_end() {
    let wire = sent(&samples()).concat();
    for size in 0..wire.len() {
        let (records, end) = received(&wire[..size]);
        assert_eq!(records, samples()[..records.len()]);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::UnexpectedEof, "{size}");
    }
}

#[test]
fn behind_the_end_nothing_is_read() {
    let mut frames = sent(&samples());
    frames.push(b"whatever".to_vec());
    assert_eq!(end(&frames), (6, String::new()));
}

#[test]
fn no_bit_can_be_changed() {
    let frames = sent(&samples());
    for (at, frame) in frames.iter().enumerate() {
        for bit in 0..frame.len() * 8 {
            let mut changed = frames.clone();
            changed[at][bit / 8] ^= 1 << (bit % 8);
            let (count, why) = end(&changed);
            assert!(count == at && !why.is_empty(), "record {at}, bit {bit}: {why}");
        }
    }
}

#[test]
fn a_repeated_record_is_refused() {
    let mut frames = sent(&samples());
    frames.insert(3, frames[2].clone());
    let why = "record 2 came a second time, expected record 3";
    assert_eq!(end(&frames), (3, why.to_string()));
}

#[test]
fn a_missing_record_is_noticed_at_the_next() {
    let mut frames = sent(&samples());
    frames.remove(0);
    let why = "record 1 came, expected record 0: it is missing or late";
    assert_eq!(end(&frames), (0, why.to_string()));
}

#[test]
fn a_missing_end_is_noticed() {
    let frames = sent(&samples());
    let why = "cut: end of file without an end record";
    assert_eq!(end(&frames[..5]), (5, why.to_string()));
}

#[test]
fn exchanged_records_are_noticed() {
    for at in 0..5 {
        let mut frames = sent(&samples());
        frames.swap(at, at + 1);
        let (count, why) = end(&frames);
        assert!(count == at && why.contains("missing or late"), "{why}");
    }
}

#[test]
fn a_record_under_another_key_is_refused() {
    let mut wire = Vec::new();
    Sender::new(&mut wire, OTHER).send(Kind::Message, b"{}").unwrap();
    let (count, why) = end(&[wire]);
    assert!(count == 0 && why.starts_with("record 0 has a wrong tag"), "{why}");
}

#[test]
fn a_frame_that_is_too_short_or_too_long_is_no_record() {
    for size in [0, 1, 40] {
        let mut wire = Vec::new();
        write_frame(&mut wire, &vec![0; size]).unwrap();
        let expected = format!("a record of {size} bytes, expected 41 or more");
        assert_eq!(end(&[wire]), (0, expected));
    }
    let giant = u32::MAX.to_be_bytes().to_vec();
    assert!(end(&[giant]).1.contains("4294967295 bytes, the limit is 65577"));
}

#[test]
fn a_kind_that_nobody_knows_is_refused_even_with_a_right_tag() {
    let mut record = [&[0; 8][..], &[6], b"body"].concat();
    record.extend(hmac_auth::tag(&KEY, &record));
    let mut wire = Vec::new();
    write_frame(&mut wire, &record).unwrap();
    let why = "a record of kind 6, expected 0 to 5";
    assert_eq!(end(&[wire]), (0, why.to_string()));
}

#[test]
fn a_body_has_at_most_65536_bytes_and_a_longer_one_is_not_sent() {
    let mut wire = Vec::new();
    let mut sender = Sender::new(&mut wire, KEY);
    let error = sender.send(Kind::File, &[0; MAX_BODY + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    sender.send(Kind::File, &[1; MAX_BODY]).unwrap();
    let whole = Receiver::new(&wire[..], KEY).receive().unwrap().unwrap();
    assert_eq!(whole, record(Kind::File, &[1; MAX_BODY]));
}

/// Fails once, and would take everything afterwards.
struct FailsOnce(bool);

impl Write for FailsOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::mem::replace(&mut self.0, true) {
            true => Ok(bytes.len()),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_is_sent_behind_a_failure_or_the_end() {
    let mut sender = Sender::new(FailsOnce(false), KEY);
    let mut send = |kind| sender.send(kind, b"").unwrap_err().kind();
    assert_eq!(send(Kind::Stdin), ErrorKind::WouldBlock);
    assert_eq!(send(Kind::Stdin), ErrorKind::BrokenPipe);

    let mut wire = Vec::new();
    let mut sender = Sender::new(&mut wire, KEY);
    sender.send(Kind::End, b"").unwrap();
    let error = sender.send(Kind::Message, b"{}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_eq!(wire.len(), 4 + 41);
}

/// Has a time-out in front of each byte whose number is in `late`.
struct Late<'a> {
    bytes: &'a [u8],
    late: Vec<usize>,
}

impl Read for Late<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.late.first() == Some(&self.bytes.len()) {
            self.late.remove(0);
            return Err(ErrorKind::WouldBlock.into());
        }
        self.bytes.read(&mut buffer[..1])
    }
}

#[test]
fn a_time_out_between_records_loses_nothing_and_one_inside_is_a_cut() {
    let frames = sent(&samples());
    let wire = frames.concat();
    let rest = wire.len() - frames[0].len();
    let late = vec![wire.len(), wire.len(), rest, rest - 1];
    let mut receiver = Receiver::new(Late { bytes: &wire, late }, KEY);
    let mut kind = || receiver.receive().map_err(|error| error.kind());
    assert_eq!(kind(), Err(ErrorKind::TimedOut));
    assert_eq!(kind(), Err(ErrorKind::TimedOut));
    assert_eq!(kind(), Ok(Some(samples()[0].clone())));
    assert_eq!(kind(), Err(ErrorKind::TimedOut));
    assert_eq!(kind(), Err(ErrorKind::UnexpectedEof));
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Stdin,
        Kind::Stdout,
        Kind::Stderr,
        Kind::File,
        Kind::Message,
    ])
}

proptest! {
    #[test]
    fn any_records_come_as_they_were_sent(
        bodies in vec((any_kind(), vec(any::<u8>(), 0..200)), 0..20),
    ) {
        let mut records: Vec<_> =
            bodies.iter().map(|(kind, body)| record(*kind, body)).collect();
        records.push(record(Kind::End, b""));
        let (got, end) = received(&sent(&records).concat()[..]);
        prop_assert_eq!(got, records);
        prop_assert!(end.is_ok());
    }

    #[test]
    fn any_bytes_end_in_an_error(wire in vec(any::<u8>(), 0..300)) {
        let (records, end) = received(&wire[..]);
        prop_assert!(records.is_empty() && end.is_err());
    }

    /// An attacker may cut, repeat and shuffle frames, but only the beginning of
    /// what was sent arrives.
    #[test]
    fn of_any_mixture_of_frames_only_the_first_in_order_arrive(
        order in vec(0..6_usize, 0..12),
    ) {
        let frames = sent(&samples());
        let mixed: Vec<_> = order.iter().map(|at| frames[*at].clone()).collect();
        let pairs = order.iter().zip(0..);
        let right = pairs.take_while(|(got, due)| **got == *due).count();
        let (records, end) = received(&mixed.concat()[..]);
        prop_assert_eq!(&records[..], &samples()[..right]);
        prop_assert_eq!(end.is_ok(), right == 6);
    }
}
