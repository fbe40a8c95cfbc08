//! The book's Python programs talk with lesson 11's Rust. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use common::{port_to_keep, tcp_again};
use scene::Running;
use socketserver::{Client, Retry};

fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

#[test]
fn a_python_client_talks_with_the_server_and_with_the_next() {
    let (_port, addr) = port_to_keep();
    let server = tcp_again(addr);
    let port = addr.port().to_string();
    let Some(mut client) = python("client.py", &["127.0.0.1", &port]) else {
        return;
    };
    let mut input = client.0.stdin.take().unwrap();
    let mut answers = BufReader::new(client.0.stdout.take().unwrap()).lines();
    let mut ask = |line: &str| {
        writeln!(input, "{line}").unwrap();
        assert!(answers.next().unwrap().unwrap() == line.to_ascii_uppercase());
    };
    ask("hello");
    ask("你好 there");
    ask(&"x".repeat(200_000));
    drop(server);
    let _server = tcp_again(addr);
    ask("are you there?");
    writeln!(input, "\nquit").unwrap();
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn the_client_talks_with_pythons_socketserver_and_with_the_next() {
    let (port, addr) = port_to_keep();
    let port = port.number.to_string();
    let Some(mut server) = python("server.py", &[&port]) else { return };
    assert_eq!(server.listening_on(), addr.to_string());
    let retry = Retry { tries: 5, pause: Duration::from_millis(1) };
    let mut client = Client::connect(addr, retry).unwrap();
    assert_eq!(client.ask(b"hello").unwrap(), b"HELLO");
    let long = vec![b'x'; 200_000];
    assert!(client.ask(&long).unwrap() == long.to_ascii_uppercase());
    server.kill();
    let mut next = python("server.py", &[&port]).unwrap();
    assert_eq!(next.listening_on(), addr.to_string());
    assert_eq!(client.ask(b"are you there?").unwrap(), b"ARE YOU THERE?");
}
