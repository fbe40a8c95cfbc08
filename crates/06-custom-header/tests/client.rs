//! What must hold of lesson 6's client, whatever its server does.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use custom_header::{
    Header, MAX_COMMAND, ask_once, read_body, read_frame, read_header, write_frame,
};

const LIMIT: Duration = Duration::from_secs(10);

/// Largest piece that `read_body` hands on.
const PIECE: usize = 64 * 1024;

fn answer(header: &Header, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(&mut bytes, &header.to_json()).unwrap();
    [bytes, body.to_vec()].concat()
}

fn exited(size: u64, code: i32) -> Header {
    Header {
        total_size: size,
        stdout_size: size,
        exit_code: Some(code),
        ..Header::default()
    }
}

fn body(mut reader: impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut taken = Vec::new();
    read_body(&mut reader, size, |piece| {
        assert!((1..=PIECE).contains(&piece.len()));
        taken.extend(piece);
    })?;
    Ok(taken)
}

#[test]
fn a_body_is_as_long_as_its_header_says_and_what_follows_is_left() {
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 200_000] {
        let mut reader = &bytes[..];
        assert!(body(&mut reader, size as u64).unwrap() == bytes[..size]);
        assert_eq!(reader.len(), 200_000 - size);
    }
}

#[test]
fn a_body_may_come_one_byte_at_a_time_and_the_read_be_interrupted() {
    struct Slow<'a>(&'a [u8], bool);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            self.0.read(&mut buffer[..1])
        }
    }
    assert_eq!(body(Slow(b"hello", false), 5).unwrap(), b"hello");
}

#[test]
fn a_body_that_is_cut_says_where() {
    for (cut, size) in [(0, 1), (0, 5), (1, 5), (4, 5), (5, u64::MAX)] {
        let error = body(&b"hello"[..cut], size).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let text = format!("answer cut: end of file after {cut} of {size} bytes");
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_header_that_is_cut_anywhere_is_an_unexpected_end() {
    let bytes = answer(&exited(5, 0), b"");
    assert_eq!(read_header(&mut &bytes[..]).unwrap(), exited(5, 0));
    for cut in 0..bytes.len() {
        let error = read_header(&mut &bytes[..cut]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{cut}: {error}");
    }
}

#[test]
fn a_refusal_is_an_error_of_another_kind_and_cannot_steer_the_terminal() {
    let bytes = answer(&Header::refusal("no \x1b[2J way"), b"");
    let error = read_header(&mut &bytes[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.to_string(), r#"the server refuses: "no \u{1b}[2J way""#);
}

/// A server that takes one request, answers with `bytes` and closes.
fn broken_server(bytes: Vec<u8>) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_frame(&mut stream, MAX_COMMAND).unwrap();
        stream.write_all(&bytes).unwrap();
    });
    stream
}

fn ask(answer: Vec<u8>) -> io::Result<u8> {
    ask_once(broken_server(answer), b"\0\0\0\x02ls")
}

#[test]
fn the_exit_status_is_the_commands_or_1_if_it_has_none_that_fits() {
    for (code, status) in [(0, 0), (7, 7), (255, 255), (256, 1), (-1, 1)] {
        assert_eq!(ask(answer(&exited(0, code), b"")).unwrap(), status);
    }
    assert_eq!(ask(answer(&Header::default(), b"")).unwrap(), 1);
    let truncated = Header { truncated: true, ..exited(0, 0) };
    assert_eq!(ask(answer(&truncated, b"")).unwrap(), 1);
}

#[test]
fn an_answer_that_is_cut_anywhere_is_an_unexpected_end() {
    let bytes = answer(&exited(5, 0), b"12345");
    for cut in 0..bytes.len() {
        let error = ask(bytes[..cut].to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{cut}: {error}");
    }
}

#[test]
fn an_answer_that_is_none_is_invalid_data() {
    for bytes in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        b"\0\0\0\x02[]".to_vec(),
        b"\0\0\0\0".to_vec(),
        vec![0xff; 100],
    ] {
        assert_eq!(ask(bytes).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
