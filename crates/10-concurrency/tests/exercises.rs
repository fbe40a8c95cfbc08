//! The solutions of the exercises that are servers, in Python. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use common::{LIMIT, client};
use concurrency::ask;
use scene::Running;

fn server(file: &str, args: &[&str]) -> Option<(SocketAddr, Running)> {
    let mut server = scene::python::start(env!("CARGO_MANIFEST_DIR"), file, args)?;
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap().parse().unwrap();
    Some((addr, server))
}

#[test]
fn a_pool_with_apply_serves_one_after_the_other() {
    let Some((addr, _server)) = server("ex_10_5.py", &["apply", "0"]) else {
        return;
    };
    let (ann, bob) = (client(addr), client(addr));
    assert_eq!(ask(&ann, b"hello").unwrap(), b"HELLO");
    (&bob).write_all(b"me too").unwrap();
    bob.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let waits = (&bob).read(&mut [0; 6]).unwrap_err();
    assert!(matches!(waits.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    bob.set_read_timeout(Some(LIMIT)).unwrap();
    drop(ann);
    let mut answer = [0; 6];
    (&bob).read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ME TOO");
}

#[test]
fn a_pool_with_apply_async_serves_as_many_as_it_has_workers() {
    let args = ["apply_async", "0"];
    let Some((addr, _server)) = server("ex_10_5.py", &args) else { return };
    let (ann, bob) = (client(addr), client(addr));
    assert_eq!(ask(&ann, b"hello").unwrap(), b"HELLO");
    assert_eq!(ask(&bob, b"hello").unwrap(), b"HELLO");
    ann.shutdown(Shutdown::Write).unwrap();
    assert_eq!((&ann).read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_server_with_a_limit_tells_who_is_one_too_many() {
    let Some((addr, _server)) = server("ex_10_6.py", &["0", "2"]) else { return };
    let here = [client(addr), client(addr)];
    for client in &here {
        assert_eq!(ask(client, b"hello").unwrap(), b"HELLO");
    }
    let mut word = String::new();
    client(addr).read_to_string(&mut word).unwrap();
    assert_eq!(word, "the server is full (limit 2), try later\n");
}
