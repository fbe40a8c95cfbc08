//! The book's Python client talks with lesson 12's server. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::thread;

use common::{LIMIT, assert_serves_the_next, server};
use scene::{Running, Temp};
use unix_socket::Listener;

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

fn exercise(path: &Path) -> Option<Running> {
    let args = [path.to_str().unwrap()];
    scene::python::start(env!("CARGO_MANIFEST_DIR"), "ex_12_5.py", &args)
}

/// What a server says that does not start.
fn complaint(mut server: Running) -> String {
    let mut complaint = String::new();
    server.0.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(server.0.wait().unwrap().code(), Some(1));
    complaint
}

#[test]
fn a_python_server_serves_its_owner_and_leaves_nothing_behind() {
    let temp = Temp::new();
    let path = temp.join("s");
    let Some(mut killed) = exercise(&path) else { return };
    assert_eq!(killed.listening_on(), path.to_str().unwrap());
    killed.kill();
    assert_eq!(temp.names(), ["s"]);

    let mut server = exercise(&path).unwrap();
    server.listening_on();
    let mode = path.symlink_metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_serves_the_next(&path);
    let second = complaint(exercise(&path).unwrap());
    assert!(second.contains("Address already in use"), "{second}");
    assert!(Listener::bind(&path).is_err());
    assert_serves_the_next(&path);
    server.signal("TERM");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
    assert!(temp.names().is_empty());
}

#[test]
fn a_python_server_leaves_alone_what_is_no_socket() {
    let temp = Temp::new();
    let file = temp.write("file", "precious");
    symlink(temp.join("nowhere"), temp.join("link")).unwrap();
    for path in [&file, &temp.join("link")] {
        let Some(server) = exercise(path) else { return };
        assert!(complaint(server).ends_with(" is no socket, and is left alone\n"));
    }
    assert_eq!(temp.names(), ["file", "link"]);
    assert_eq!(temp.read("file"), b"precious");
}
