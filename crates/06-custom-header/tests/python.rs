//! The book's Python clients talk with lesson 6's server. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use remote_shell::Limits;

const CLIENT: &str = "custom_header_client.py";
const EXERCISE: &str = "ex_6_5.py";

fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let limits =
        Limits { timeout: Duration::from_secs(20), max_output: 2 * 1024 * 1024 };
    thread::spawn(move || custom_header::serve(&listener, limits));
    addr
}

struct Ran {
    stdout: Vec<u8>,
    stderr: String,
    status: Option<i32>,
}

/// Runs a command with a Python client; `None` where there is no Python.
fn run(file: &str, addr: SocketAddr, command: &str) -> Option<Ran> {
    let (host, port) = (addr.ip().to_string(), addr.port().to_string());
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut client = scene::python::start(folder, file, &[&host, &port, command])?;
    let mut out = client.0.stdout.take().unwrap();
    let mut err = client.0.stderr.take().unwrap();
    let reading = thread::spawn(move || {
        let mut text = String::new();
        err.read_to_string(&mut text).map(|_| text)
    });
    let mut stdout = Vec::new();
    out.read_to_end(&mut stdout).unwrap();
    let stderr = reading.join().unwrap().unwrap();
    Some(Ran { stdout, stderr, status: client.0.wait().unwrap().code() })
}

#[test]
fn a_python_client_shows_both_streams_and_ends_with_the_commands_status() {
    let command = "echo 你好; echo 错 >&2; exit 7";
    for file in [CLIENT, EXERCISE] {
        let Some(ran) = run(file, server(), command) else { return };
        assert_eq!(ran.stdout, "你好\n".as_bytes());
        assert_eq!((&ran.stderr[..], ran.status), ("错\n", Some(7)));
    }
}

#[test]
fn a_python_client_takes_a_long_answer_whole() {
    let print = "head -c 1000000 /dev/zero | tr '\\0'";
    let command = format!("{print} o; {print} e >&2");
    for file in [CLIENT, EXERCISE] {
        let Some(ran) = run(file, server(), &command) else { return };
        assert!(ran.stdout == vec![b'o'; 1_000_000]);
        assert!(ran.stderr == "e".repeat(1_000_000));
        assert_eq!(ran.status, Some(0));
    }
}

#[test]
fn a_python_client_says_that_it_is_refused_or_that_the_command_was_stopped() {
    let addr = server();
    for file in [CLIENT, EXERCISE] {
        let Some(ran) = run(file, addr, "") else { return };
        let said = &ran.stderr;
        assert!(said.ends_with(": 'the command is empty'\n"), "{said}");
        assert_eq!(ran.status, Some(1));
        assert_eq!(run(file, addr, "kill -9 $$").unwrap().status, Some(1));
        let size = run(file, addr, "yes").unwrap().stdout.len();
        assert_eq!(size, 2 * 1024 * 1024);
    }
}

/// What a client says that is answered with these bytes.
fn answered(file: &str, bytes: &'static [u8]) -> Option<Ran> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || custom_header::serve_bytes(&listener, bytes));
    run(file, addr, "ls")
}

#[test]
fn a_python_client_says_that_its_answer_is_cut() {
    let Some(ran) = answered(CLIENT, b"\0\0\0\x05{") else { return };
    let text = "the server closed before its answer was complete\n";
    assert_eq!((&ran.stderr[..], ran.status), (text, Some(1)));
}

#[test]
fn the_exercises_client_names_what_is_wrong_with_its_answer() {
    for (bytes, text) in [
        (&b""[..], "length cut after 0 of 4 bytes"),
        (b"\0\0\0\x05{", "header cut after 1 of 5 bytes"),
        (b"\xff\xff\xff\xff", "header of 4294967295 bytes, the limit is 65536"),
        (b"\0\0\0\x04oops", "Expecting value"),
        (b"\0\0\0\x02{}", "wrong or missing member in the header: 'total_size'"),
    ] {
        let Some(ran) = answered(EXERCISE, bytes) else { return };
        assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
        assert_eq!(ran.status, Some(1));
    }
}
