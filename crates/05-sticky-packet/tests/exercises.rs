//! The solutions of this lesson's exercises. Those in Python are skipped where it is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;

use scene::Running;
use sticky_packet::{Order, Pieces, frame};

#[path = "../examples/ex_5_3.rs"]
#[allow(dead_code, reason = "its main is not ours")]
mod ex_5_3;

fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

#[test]
fn lines_are_whole_in_any_pieces_up_to_their_limit() {
    let long = "x".repeat(1024);
    let bytes = format!("hello\n你好\n\n{long}\n");
    for size in [1, 2, 7, 1024, 65536] {
        let pieces = Pieces { reader: bytes.as_bytes(), size, reads: 0 };
        let mut reader = BufReader::new(pieces);
        for line in ["hello", "你好", "", &long] {
            let read = ex_5_3::read_line(&mut reader).unwrap().unwrap();
            assert_eq!(read, line.as_bytes());
        }
        assert!(ex_5_3::read_line(&mut reader).unwrap().is_none());
    }
}

#[test]
fn a_line_that_is_too_long_or_cut_is_said() {
    let refused =
        |bytes: &[u8]| ex_5_3::read_line(&mut &bytes[..]).unwrap_err().kind();
    assert_eq!(refused(b"hel"), ErrorKind::UnexpectedEof);
    assert_eq!(refused(&[b'x'; 1024]), ErrorKind::UnexpectedEof);
    assert_eq!(refused(&[b'x'; 1025]), ErrorKind::InvalidData);
    assert_eq!(refused(&[b'x'; 9999]), ErrorKind::InvalidData);
}

#[test]
fn a_server_in_python_reads_the_clients_frames() {
    let Some(mut server) = python("ex_5_4.py", &["0"]) else { return };
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let mut errors = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    let addr = line().strip_prefix("listening on ").unwrap().to_string();

    let mut client = Command::new(env!("CARGO_BIN_EXE_sticky-packet-client"));
    let sent = client
        .args(["--framed", "--repeat", "1000", &addr, "x", ""])
        .output()
        .unwrap();
    assert!(sent.status.success());
    assert!(line().ends_with(" connected"));
    assert_eq!(line(), format!("message of 1000 bytes: b'{}'", "x".repeat(32)));
    assert_eq!(line(), "message of 0 bytes: b''");
    assert_eq!(line(), "no more messages");

    for (order, size, expected) in [
        (Order::Little, 9, "length 83886080 (05 00 00 00) is over the limit"),
        (Order::Big, 3, "cut: 3 of 4 bytes of the length"),
        (Order::Big, 6, "cut: 2 of 5 bytes of the body"),
    ] {
        let bytes = frame(b"hello", order).unwrap();
        TcpStream::connect(&addr).unwrap().write_all(&bytes[..size]).unwrap();
        assert!(line().ends_with(" connected"));
        let error = errors.next().unwrap().unwrap();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn the_measurement_measures_its_four_cases() {
    let Some(mut program) = python("ex_5_5.py", &[]) else { return };
    let mut printed = String::new();
    program.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert!(program.0.wait().unwrap().success());
    assert_eq!(printed.lines().filter(|line| line.ends_with(" ms")).count(), 4);
}
