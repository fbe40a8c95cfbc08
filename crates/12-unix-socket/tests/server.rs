//! What must hold of lesson 12's server, whatever its clients do, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use common::{LIMIT, assert_serves_the_next, client, server};
use scene::{Temp, wait_until};
use unix_socket::{Event, ask, connect};

#[test]
fn a_mebibyte_at_once_comes_back_whole_and_in_order() {
    let temp = Temp::new();
    let path = temp.join("s");
    server(&path, LIMIT);
    let sent: Vec<u8> = (0..1 << 20).map(|number| (number % 251) as u8).collect();
    let mut stream = client(&path);
    let mut writer = stream.try_clone().unwrap();
    let mut received = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            writer.write_all(&sent).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        stream.read_to_end(&mut received).unwrap();
    });
    assert!(received == sent.to_ascii_uppercase());
}

#[test]
fn survives_clients_that_close_or_break_the_connection() {
    let temp = Temp::new();
    let path = temp.join("s");
    server(&path, LIMIT);
    for _ in 0..50 {
        drop(client(&path));
        let mut rude = client(&path);
        rude.write_all(b"hello").unwrap(); // the answer stays unread
    }
    assert_serves_the_next(&path);
}

#[test]
fn a_hundred_silent_clients_keep_nobody_waiting() {
    let temp = Temp::new();
    let path = temp.join("s");
    server(&path, LIMIT);
    let silent: Vec<_> = (0..100).map(|_| client(&path)).collect();
    assert_serves_the_next(&path);
    drop(silent);
}

#[test]
fn fifty_clients_at_once_are_all_served() {
    let temp = Temp::new();
    let path = temp.join("s");
    server(&path, LIMIT);
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| assert_serves_the_next(&path));
        }
    });
}

#[test]
fn without_clients_it_ends_at_once() {
    let temp = Temp::new();
    let path = temp.join("s");
    let server = server(&path, Duration::from_secs(1000));
    server.events.send(Event::Stop).unwrap();
    assert_eq!(server.ended.join().unwrap(), 0);
    assert!(temp.names().is_empty());
}

#[test]
fn a_conversation_may_end_by_itself_and_nobody_new_comes() {
    let temp = Temp::new();
    let path = temp.join("s");
    let server = server(&path, Duration::from_secs(1000));
    let mut stream = client(&path);
    assert_eq!(ask(&mut stream, b"one").unwrap(), b"ONE");
    server.events.send(Event::Stop).unwrap();
    wait_until("the file is gone", || !path.exists());
    assert_eq!(connect(&path).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(ask(&mut stream, b"two").unwrap(), b"TWO");
    drop(stream);
    assert_eq!(server.ended.join().unwrap(), 0);
}

#[test]
fn a_second_stop_ends_it_at_once() {
    let temp = Temp::new();
    let path = temp.join("s");
    let server = server(&path, Duration::from_secs(1000));
    let mut streams = [client(&path), client(&path)];
    for stream in &mut streams {
        assert_eq!(ask(stream, b"hello").unwrap(), b"HELLO");
    }
    server.events.send(Event::Stop).unwrap();
    server.events.send(Event::Stop).unwrap();
    assert_eq!(server.ended.join().unwrap(), 2);
}

#[test]
fn the_grace_is_for_all_conversations_together_however_much_is_said() {
    let temp = Temp::new();
    let path = temp.join("s");
    let grace = Duration::from_millis(500);
    let server = server(&path, grace);
    let mut stream = client(&path);
    assert_eq!(ask(&mut stream, b"hello").unwrap(), b"HELLO");
    let started = Instant::now();
    server.events.send(Event::Stop).unwrap();
    while !server.ended.is_finished() {
        assert!(started.elapsed() < LIMIT, "the server does not end");
        ask(&mut stream, b"still here").unwrap();
    }
    assert!(started.elapsed() >= grace);
    assert_eq!(server.ended.join().unwrap(), 1);
}
