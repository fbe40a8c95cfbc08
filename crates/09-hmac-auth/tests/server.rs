//! What must hold of lesson 9's server, whatever its clients do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use hmac_auth::{Answer, SIZE, Sending, Server, authenticate, tag};
use scene::uninterrupted;

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &[u8] = b"only this test knows";

/// A server on a free port, in a thread that ends with the test's process.
fn server(auth_timeout: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = Server { key: KEY.to_vec(), auth_timeout };
    thread::spawn(move || hmac_auth::serve(&listener, server));
    addr
}

/// A connection whose challenge has come.
fn challenged(addr: SocketAddr) -> (TcpStream, [u8; SIZE]) {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    let mut challenge = [0; SIZE];
    stream.read_exact(&mut challenge).unwrap();
    (stream, challenge)
}

fn right(challenge: &[u8]) -> [u8; SIZE] {
    tag(KEY, challenge)
}

#[track_caller]
fn assert_serves(stream: &mut TcpStream) {
    let answer = comm_loop::ask(stream, b"are you there?").unwrap();
    assert_eq!(answer, b"ARE YOU THERE?");
}

#[track_caller]
fn assert_serves_the_next(addr: SocketAddr) {
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&right(&challenge)).unwrap();
    assert_serves(&mut stream);
}

/// Nothing comes but the close: end of file, or a reset if bytes were left unread.
#[track_caller]
fn assert_closed(mut stream: TcpStream) {
    match uninterrupted(|| stream.read(&mut [0])) {
        Ok(size) => assert_eq!(size, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

#[test]
fn the_right_answer_opens_a_conversation() {
    let addr = server(LIMIT);
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&right(&challenge)).unwrap();
    for text in ["hello", "你好", "\0\n"] {
        let answer = comm_loop::ask(&mut stream, text.as_bytes()).unwrap();
        assert_eq!(answer, text.to_ascii_uppercase().as_bytes());
    }
}

#[test]
fn what_comes_right_behind_the_answer_belongs_to_the_conversation() {
    let addr = server(LIMIT);
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&[&right(&challenge)[..], b"hello"].concat()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "HELLO");
}

#[test]
fn a_wrong_answer_is_told_nothing_but_the_close() {
    let addr = server(LIMIT);
    for wrong in [[0; SIZE], [0xff; SIZE]] {
        let (mut stream, _) = challenged(addr);
        stream.write_all(&wrong).unwrap();
        assert_closed(stream);
    }
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&tag(b"another key of 20 B.", &challenge)).unwrap();
    assert_closed(stream);
    assert_serves_the_next(addr);
}

#[test]
fn nothing_that_is_sent_behind_a_wrong_answer_is_answered() {
    let addr = server(LIMIT);
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&[&challenge[..], b"hello"].concat()).unwrap();
    assert_closed(stream);
    assert_serves_the_next(addr);
}

#[test]
fn a_right_answer_is_wrong_on_the_next_connection() {
    let addr = server(LIMIT);
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&right(&challenge)).unwrap();
    assert_serves(&mut stream);
    let (mut again, _) = challenged(addr);
    again.write_all(&right(&challenge)).unwrap();
    assert_closed(again);
    // And on one that is open at the same time.
    let (_first, challenge) = challenged(addr);
    let (mut second, _) = challenged(addr);
    second.write_all(&right(&challenge)).unwrap();
    assert_closed(second);
}

#[test]
fn an_answer_in_two_pieces_is_taken_wherever_it_is_cut() {
    let addr = server(LIMIT);
    for size in 1..SIZE {
        let (mut stream, challenge) = challenged(addr);
        stream.set_nodelay(true).unwrap();
        let answer = right(&challenge);
        stream.write_all(&answer[..size]).unwrap();
        stream.write_all(&answer[size..]).unwrap();
        assert_serves(&mut stream);
    }
}

#[test]
fn an_answer_byte_by_byte_is_taken() {
    let addr = server(LIMIT);
    let mut stream = TcpStream::connect(addr).unwrap();
    let key = Answer::Key(KEY.to_vec());
    authenticate(&mut stream, &key, Sending::ByteByByte, LIMIT).unwrap();
    assert_serves(&mut stream);
}

#[test]
fn survives_an_answer_that_is_cut_at_every_length() {
    let addr = server(LIMIT);
    for size in 0..SIZE {
        let (mut stream, challenge) = challenged(addr);
        stream.write_all(&right(&challenge)[..size]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_closed(stream);
    }
    assert_serves_the_next(addr);
}

#[test]
fn survives_clients_that_go_before_their_challenge_or_reset() {
    let addr = server(LIMIT);
    for _ in 0..20 {
        drop(TcpStream::connect(addr).unwrap());
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        uninterrupted(|| stream.peek(&mut [0])).unwrap();
        drop(stream); // with the challenge unread: a reset
    }
    assert_serves_the_next(addr);
}

#[test]
fn a_silent_client_is_closed_when_its_time_is_up() {
    let addr = server(Duration::from_millis(200));
    let (stream, _) = challenged(addr);
    assert_closed(stream);
}

#[test]
fn time_is_for_the_whole_answer_not_for_each_byte() {
    let addr = server(Duration::from_millis(500));
    let (mut stream, challenge) = challenged(addr);
    let started = Instant::now();
    // Each byte comes well within the limit, all 32 would take 3.2 s.
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    for byte in right(&challenge) {
        if stream.write_all(&[byte]).is_err() {
            break;
        }
        match uninterrupted(|| stream.read(&mut [0])) {
            Ok(0) => break,
            Ok(_) => panic!("an answer before the handshake was over"),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(_) => {} // nothing within 100 ms
        }
    }
    assert!(started.elapsed() < Duration::from_millis(3100), "not closed in time");
}

#[test]
fn time_is_up_for_the_answer_only_not_for_the_conversation() {
    let limit = Duration::from_millis(300);
    let addr = server(limit);
    let (mut stream, challenge) = challenged(addr);
    stream.write_all(&right(&challenge)).unwrap();
    stream.set_read_timeout(Some(2 * limit)).unwrap();
    let waited = uninterrupted(|| stream.read(&mut [0])).unwrap_err(); // nobody speaks
    assert!(matches!(waited.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    assert_serves(&mut stream);
}

#[test]
fn a_hundred_silent_clients_keep_nobody_waiting() {
    let addr = server(LIMIT);
    let silent: Vec<_> = (0..100).map(|_| challenged(addr)).collect();
    assert_serves_the_next(addr);
    drop(silent);
    assert_serves_the_next(addr);
}

#[test]
fn fifty_clients_at_once_are_all_served() {
    let addr = server(LIMIT);
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| assert_serves_the_next(addr));
        }
    });
}
