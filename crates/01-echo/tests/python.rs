//! The book's Python programs talk with lesson 1's Rust. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread;

use scene::Running;

/// Starts one of the examples with Python, or says that it cannot.
fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

#[test]
fn a_python_server_answers_the_client() {
    let Some(mut server) = python("echo_server.py", &["0"]) else { return };
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap();
    echo::ask(TcpStream::connect(addr).unwrap(), b"hello").unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(rest[1..], ["received 5 bytes: b'hello'", "sent 5 bytes: b'HELLO'"]);
    assert!(server.0.wait().unwrap().success());
}

#[test]
fn a_python_client_gets_its_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let Some(client) = python("ex_1_4.py", &["127.0.0.1", &port, "hello, 你好"])
    else {
        return;
    };
    let server = thread::spawn(move || echo::serve_one(&listener));
    let mut client = client;
    let mut lines = BufReader::new(client.0.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "HELLO, 你好");
    assert!(client.0.wait().unwrap().success());
    server.join().unwrap().unwrap();
}
