//! The book's Python programs talk with lesson 2's Rust. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use scene::Running;

/// Starts one of the examples with Python, or says that it cannot.
fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

#[test]
fn a_python_client_talks_with_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    thread::spawn(move || comm_loop::serve(&listener, None));
    let Some(mut client) = python("comm_loop_client.py", &["127.0.0.1", &port])
    else {
        return;
    };
    let long = "x".repeat(200_000);
    let mut input = client.0.stdin.take().unwrap();
    let typed = format!("hello\n\n你好 there\n{long}\nquit\nnot this\n");
    let typing = thread::spawn(move || input.write_all(typed.as_bytes()));
    let mut answers = String::new();
    client.0.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    // It may end at `quit` before all that stands behind it has been written.
    let _ = typing.join().unwrap();
    assert!(
        answers == format!("HELLO\n你好 THERE\n{}\n", long.to_ascii_uppercase())
    );
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn a_python_server_answers_the_client_and_then_the_next() {
    let Some(mut server) = python("ex_2_4.py", &["0"]) else { return };
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap();
    thread::spawn(move || lines.for_each(drop)); // so that the server never waits for us
    for text in ["hello", "你好", &"x".repeat(200_000)] {
        let mut stream = TcpStream::connect(addr).unwrap();
        let answer = comm_loop::ask(&mut stream, text.as_bytes()).unwrap();
        assert!(answer == text.to_ascii_uppercase().as_bytes());
    }
}
