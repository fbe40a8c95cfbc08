//! The book's Python programs talk with lesson 9's Rust. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use hmac_auth::{Answer, Sending, Server, authenticate};
use scene::{Running, Temp};

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &[u8] = b"only this test knows";

/// A key file in a folder of its own.
fn key_file() -> (PathBuf, Temp) {
    let folder = Temp::new();
    (folder.write("key", [KEY, b"\r\n"].concat()), folder)
}

/// Starts one of the examples with Python, or says that it cannot.
fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

fn server(key: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = Server { key: key.to_vec(), auth_timeout: LIMIT };
    thread::spawn(move || hmac_auth::serve(&listener, server));
    port
}

/// What a Python client that knows the key prints on stdout and on stderr.
fn run_client(port: &str) -> Option<(String, String)> {
    let (key, _folder) = key_file();
    let args = ["127.0.0.1", port, key.to_str().unwrap()];
    let mut client = python("hmac_auth_client.py", &args)?;
    let _ =
        client.0.stdin.take().unwrap().write_all("hello\n你好 there\n".as_bytes());
    let (mut out, mut err) = (String::new(), String::new());
    client.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    client.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Some((out, err))
}

#[test]
fn a_python_client_that_knows_the_key_is_served() {
    let Some((out, err)) = run_client(&server(KEY)) else { return };
    assert_eq!((out.as_str(), err.as_str()), ("HELLO\n你好 THERE\n", ""));
}

#[test]
fn a_python_client_with_another_key_is_refused() {
    let port = server(b"another key than that");
    let Some((out, err)) = run_client(&port) else { return };
    assert!(out.is_empty() && !err.is_empty(), "{out}{err}");
}

#[test]
fn a_python_server_serves_who_knows_the_key_and_nobody_else() {
    let (key, _folder) = key_file();
    let args = ["0", key.to_str().unwrap()];
    let Some(mut server) = python("ex_9_4.py", &args) else { return };
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap();
    let ask = |key: &[u8], sending| {
        let mut stream = TcpStream::connect(addr).unwrap();
        let answer = Answer::Key(key.to_vec());
        authenticate(&mut stream, &answer, sending, LIMIT)?;
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        comm_loop::ask(&mut stream, b"hello")
    };
    assert!(ask(b"another key than that", Sending::AtOnce).is_err());
    assert_eq!(ask(KEY, Sending::AtOnce).unwrap(), b"HELLO");
    assert_eq!(ask(KEY, Sending::ByteByByte).unwrap(), b"HELLO");
}

#[test]
fn a_python_server_finds_a_key_that_somebody_thought_of_and_no_random_one() {
    for (key, verdict) in [
        ("my-birthday-19400105", "the key is my-birthday-19400105, after 5 tries\n"),
        ("my-birthday-1940-01-05", "not one of these keys\n"),
    ] {
        let Some(mut server) = python("ex_9_3.py", &["0"]) else { return };
        let mut stream = TcpStream::connect(server.listening_on()).unwrap();
        let answer = Answer::Key(key.into());
        authenticate(&mut stream, &answer, Sending::AtOnce, LIMIT).unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        server.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        server.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(out + &err, verdict);
    }
}

#[test]
fn a_longer_message_is_accepted_by_the_naive_check_and_refused_by_hmac() {
    let Some(mut program) = python("ex_9_5.py", &[]) else { return };
    let mut printed = String::new();
    program.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    let lines: Vec<_> = printed.lines().collect();
    for (line, verdict) in lines.iter().zip(["naive accepts", "good refuses"]) {
        assert!(
            line.starts_with(&format!("{verdict} b'pay 10 to Ann\\x80")),
            "{line}"
        );
        assert!(line.ends_with(" and 1000 to Eve'"), "{line}");
    }
    assert_eq!(lines.len(), 2, "{printed}");
}
