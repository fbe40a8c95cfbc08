//! The book's Python programs talk with lesson 8's Rust. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use scene::{Running, uninterrupted};
use udp::Client;

/// macOS sends no more than 9216 bytes unless it is told to (net.inet.udp.maxdgram).
const LARGE: usize =
    if cfg!(target_os = "macos") { 9216 } else { udp::MAX_DATAGRAM };

/// Starts one of the examples with Python, or says that it cannot.
fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

#[test]
fn a_python_client_talks_with_the_server() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port().to_string();
    thread::spawn(move || udp::serve(&socket, udp::BUFFER_SIZE));
    let Some(mut client) = python("udp_client.py", &["127.0.0.1", &port]) else {
        return;
    };
    let long = "x".repeat(LARGE);
    let typed = format!("hello\n\n你好 there\n{long}\nquit\nnot this\n");
    let mut input = client.0.stdin.take().unwrap();
    let typing = thread::spawn(move || input.write_all(typed.as_bytes()));
    let mut answers = String::new();
    client.0.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    let _ = typing.join().unwrap(); // it may end before it has read all behind quit
    assert!(
        answers == format!("HELLO\n\n你好 THERE\n{}\n", long.to_ascii_uppercase())
    );
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn a_python_client_tries_again_and_passes_over_what_is_no_answer() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let Some(mut client) = python("udp_client.py", &["127.0.0.1", &port]) else {
        return;
    };
    client.0.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let mut buffer = [0; 100];
    uninterrupted(|| server.recv_from(&mut buffer)).unwrap(); // lost
    let (size, peer) = uninterrupted(|| server.recv_from(&mut buffer)).unwrap();
    assert_eq!(&buffer[..size], b"hello");
    stranger.send_to(b"HELLO", peer).unwrap();
    server.send_to(b"LATE", peer).unwrap();
    server.send_to(b"HELLO", peer).unwrap();
    let mut answers = String::new();
    client.0.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    assert_eq!(answers, "HELLO\n");
    let mut complaints = String::new();
    client.0.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    assert_eq!(complaints.lines().count(), 2, "{complaints}");
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn a_python_server_answers_the_client() {
    let Some(mut server) = python("ex_8_4.py", &["0"]) else { return };
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap().parse().unwrap();
    thread::spawn(move || lines.for_each(drop)); // the server never waits for us
    let limit = Duration::from_secs(10);
    for connect in [false, true] {
        let client = Client::new(addr, connect, limit, 0).unwrap();
        for text in ["hello", "", "你好", &"x".repeat(LARGE)] {
            let answer = client.ask(text.as_bytes()).unwrap();
            assert!(answer.unwrap() == text.to_ascii_uppercase().as_bytes());
        }
    }
}
