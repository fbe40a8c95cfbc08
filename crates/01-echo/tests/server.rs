//! What must hold of lesson 1's server and client, each against a peer that may be rude.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// A server for one client, on a free port.
fn server() -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    (addr, thread::spawn(move || echo::serve_one(&listener)))
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// What comes back for `message`, until the end of file or a reset.
fn reply_to(message: &[u8]) -> Vec<u8> {
    let (addr, server) = server();
    let mut stream = connect(addr);
    stream.write_all(message).unwrap();
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply); // a reset behind the reply is no matter here
    server.join().unwrap().unwrap();
    reply
}

#[test]
fn ascii_letters_come_back_in_upper_case_and_all_other_bytes_unchanged() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let reply = reply_to(&every_byte);
    assert_eq!(reply.len(), 256);
    for (sent, received) in every_byte.iter().zip(reply) {
        let expected = if sent.is_ascii_lowercase() { sent - 32 } else { *sent };
        assert_eq!(received, expected);
    }
}

#[test]
fn a_message_is_answered_up_to_1024_bytes() {
    assert_eq!(reply_to(b"x"), b"X");
    assert_eq!(reply_to(&[b'x'; 1023]).len(), 1023);
    assert_eq!(reply_to(&[b'x'; 1024]).len(), 1024);
}

#[test]
#[cfg(target_os = "linux")] // elsewhere the reset may destroy the reply
fn of_a_longer_message_the_first_1024_bytes_are_answered() {
    assert_eq!(reply_to(&[b'x'; 1025]), [b'X'; 1024]);
    assert_eq!(reply_to(&[b'x'; 2000]), [b'X'; 1024]);
}

#[test]
fn ends_well_when_the_client_leaves_without_a_word() {
    let (addr, server) = server();
    drop(connect(addr));
    server.join().unwrap().unwrap();
}

#[test]
fn a_half_closed_client_still_gets_its_answer() {
    let (addr, server) = server();
    let mut stream = connect(addr);
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert_eq!(reply, "HELLO");
    server.join().unwrap().unwrap();
}

/// A server that does what it likes with its one client.
fn rude_server(act: impl FnOnce(TcpStream) + Send + 'static) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = connect(listener.local_addr().unwrap());
    thread::spawn(move || act(listener.accept().unwrap().0));
    stream
}

#[test]
fn the_client_says_so_when_the_server_closes_without_an_answer() {
    let stream = rude_server(|mut stream| {
        stream.read_exact(&mut [0; 5]).unwrap();
    });
    let error = echo::ask(stream, b"hello").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(error.to_string().contains("closed the connection without an answer"));
}

#[test]
fn the_client_takes_no_more_than_64_kib_of_an_endless_answer() {
    let stream =
        rude_server(|mut stream| while stream.write_all(&[b'x'; 4096]).is_ok() {});
    let error = echo::ask(stream, b"hello").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("does not end within 64 KiB"));
}
