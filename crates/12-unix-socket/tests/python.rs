//! The book's Python client talks with lesson 12's server. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::thread;

use common::{LIMIT, server};
use scene::Temp;

#[test]
fn a_python_client_talks_with_the_server() {
    let temp = Temp::new();
    let path = temp.join("s");
    server(&path, LIMIT);
    let args = [path.to_str().unwrap()];
    let file = "unix_socket_client.py";
    let started = scene::python::start(env!("CARGO_MANIFEST_DIR"), file, &args);
    let Some(mut client) = started else { return };
    let long = "x".repeat(200_000);
    let mut input = client.0.stdin.take().unwrap();
    let typed = format!("hello\n\n你好 there\n{long}\nquit\nnot this\n");
    let typing = thread::spawn(move || input.write_all(typed.as_bytes()));
    let mut answers = String::new();
    client.0.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    let _ = typing.join().unwrap(); // it may end before it has read all behind quit
    let expected = format!("HELLO\n你好 THERE\n{}\n", long.to_ascii_uppercase());
    assert!(answers == expected);
    assert!(client.0.wait().unwrap().success());
}
