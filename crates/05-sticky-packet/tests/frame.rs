//! What must hold of a frame, without sockets: cut anywhere, read in any pieces.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, ErrorKind, Read};

use sticky_packet::{MAX_MESSAGE, Order, Pieces, frame, read_message};

const ORDERS: [Order; 2] = [Order::Big, Order::Little];

fn framed(messages: &[&[u8]], order: Order) -> Vec<u8> {
    messages.iter().flat_map(|message| frame(message, order).unwrap()).collect()
}

/// All messages until the end, and the error that came instead of a clean one.
fn read_all(
    mut reader: impl Read,
    order: Order,
) -> (Vec<Vec<u8>>, Option<io::Error>) {
    let mut messages = Vec::new();
    loop {
        match read_message(&mut reader, order) {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, None),
            Err(error) => return (messages, Some(error)),
        }
    }
}

#[test]
fn the_length_stands_in_front_in_the_order_that_was_asked_for() {
    assert_eq!(frame(b"hello", Order::Big).unwrap(), b"\0\0\0\x05hello");
    assert_eq!(frame(b"hello", Order::Little).unwrap(), b"\x05\0\0\0hello");
    assert_eq!(frame(b"", Order::Big).unwrap(), [0; 4]);
    let long = frame(&[b'x'; 0x01_02_03], Order::Big).unwrap();
    assert_eq!(long[..5], [0, 1, 2, 3, b'x']);
}

#[test]
fn messages_stay_whole_whatever_the_size_of_a_read() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let messages: [&[u8]; 4] = [b"hello", b"", "你好".as_bytes(), &every_byte];
    for order in ORDERS {
        let bytes = framed(&messages, order);
        for size in (1..=64).chain([1024]) {
            let pieces = Pieces { reader: &bytes[..], size, reads: 0 };
            let (read, error) = read_all(pieces, order);
            assert!(error.is_none());
            assert_eq!(read, messages, "with reads of {size}");
        }
    }
}

#[test]
fn a_message_takes_as_many_reads_as_its_parts_have_pieces() {
    for (size, expected) in [(1, 9), (2, 5), (3, 4), (4, 3), (5, 2), (1024, 2)] {
        let bytes = frame(b"hello", Order::Big).unwrap();
        let mut pieces = Pieces { reader: &bytes[..], size, reads: 0 };
        read_message(&mut pieces, Order::Big).unwrap();
        assert_eq!(pieces.reads, expected, "with reads of {size}");
    }
}

#[test]
fn cut_anywhere_the_whole_messages_are_read_and_the_cut_is_said() {
    let messages: [&[u8]; 3] = [b"hello", b"", b"feng"];
    let bytes = framed(&messages, Order::Big);
    let ends = [0, 9, 13, 21];
    for size in 0..=bytes.len() {
        let (read, error) = read_all(&bytes[..size], Order::Big);
        let whole = ends[1..].iter().filter(|end| **end <= size).count();
        assert_eq!(read, messages[..whole], "cut after {size}");
        let into = size - ends[whole];
        let Some(error) = error else {
            assert_eq!(into, 0, "cut after {size}");
            continue;
        };
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let expected = match into {
            1..4 => format!("{into} of 4 bytes of its length"),
            _ => format!(
                "{} of {} bytes of its body",
                into - 4,
                messages[whole].len()
            ),
        };
        let text = format!("message cut: end of file after {expected}");
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_length_up_to_the_limit_is_read_and_one_above_is_refused_without_its_body() {
    let limit = MAX_MESSAGE as u32;
    for order in ORDERS {
        for length in [limit - 1, limit] {
            let message = vec![b'x'; length as usize];
            let bytes = frame(&message, order).unwrap();
            assert!(read_message(&mut &bytes[..], order).unwrap() == Some(message));
        }
        for length in [limit + 1, limit * 2, 1 << 31, u32::MAX - 1, u32::MAX] {
            let number = match order {
                Order::Big => length.to_be_bytes(),
                Order::Little => length.to_le_bytes(),
            };
            let bytes = [&number[..], b"body"].concat();
            let mut left = &bytes[..];
            let error = read_message(&mut left, order).unwrap_err();
            assert_eq!((error.kind(), left), (ErrorKind::InvalidData, &b"body"[..]));
            assert!(error.to_string().contains(&format!("length {length} (")));
        }
    }
}

#[test]
fn a_refusal_shows_the_length_in_both_orders() {
    let refused = |bytes: &[u8], order| {
        read_message(&mut &bytes[..], order).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&frame(b"hello", Order::Little).unwrap(), Order::Big),
        "length 83886080 (05 00 00 00) is over the limit of 1048576 bytes\n  \
         Read little-endian it is 5: does the peer use the other byte order?"
    );
    assert_eq!(
        refused(&frame(b"hello", Order::Big).unwrap(), Order::Little),
        "length 83886080 (00 00 00 05) is over the limit of 1048576 bytes\n  \
         Read big-endian it is 5: does the peer use the other byte order?"
    );
    assert_eq!(
        refused(b"GET / HTTP/1.1\r\n", Order::Big),
        "length 1195725856 (47 45 54 20) is over the limit of 1048576 bytes\n  \
         Read little-endian it is 542393671: does the peer send a length at all?"
    );
}

#[test]
fn a_message_over_the_limit_is_not_framed() {
    let error = frame(&vec![0; MAX_MESSAGE + 1], Order::Big).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "a message of 1048577 bytes is over the limit of 1048576 bytes"
    );
}

/// Is interrupted before each byte, and fails at the end.
struct Interrupted<'a>(&'a [u8], bool);

impl Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        match self.1 {
            true => Err(ErrorKind::Interrupted.into()),
            false if self.0.is_empty() => Err(ErrorKind::ConnectionReset.into()),
            false => self.0.read(&mut buffer[..1]),
        }
    }
}

#[test]
fn an_interrupted_read_is_tried_again_and_any_other_failure_is_said() {
    let bytes = framed(&[b"hello"], Order::Big);
    let (read, error) = read_all(Interrupted(&bytes, false), Order::Big);
    assert_eq!(read, [b"hello"]);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(error.to_string().starts_with("cannot read: "));
}
