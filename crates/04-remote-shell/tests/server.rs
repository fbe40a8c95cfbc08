//! What must hold of lesson 4's server, whatever its clients do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use remote_shell::Limits;
use scene::{Temp, uninterrupted, wait_until};

const LIMIT: Duration = Duration::from_secs(20);

fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    // More than any test takes: a command that is to be ended is ended by something else.
    let limits = Limits { timeout: Duration::from_secs(600), max_output: 1 << 20 };
    thread::spawn(move || remote_shell::serve(&listener, limits));
    addr
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

#[track_caller]
fn answers(addr: SocketAddr) {
    let mut stream = connect(addr);
    stream.write_all(b"echo alive").unwrap();
    expect(&mut stream, "alive\n");
}

#[track_caller]
fn expect(stream: &mut TcpStream, text: &str) {
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), text);
}

#[test]
fn a_long_answer_comes_whole_to_who_reads_on() {
    let mut stream = connect(server());
    stream.write_all(b"head -c 500000 /dev/zero").unwrap();
    let mut answer = vec![1; 500_000];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.iter().all(|byte| *byte == 0));
}

#[test]
fn a_command_that_cannot_be_run_is_answered_and_the_next_one_too() {
    let mut stream = connect(server());
    stream.write_all(b"echo \xff").unwrap();
    expect(&mut stream, "remote-shell-server: cannot run it: ");
    let mut rest = [0; 1024];
    let size = uninterrupted(|| stream.read(&mut rest)).unwrap();
    assert!(rest[..size].ends_with(b"\n"));
    stream.write_all(b"echo next").unwrap();
    expect(&mut stream, "next\n");
}

/// Asks for a command that never ends, and waits until it runs.
fn connect_and_begin(addr: SocketAddr) -> TcpStream {
    let folder = Temp::new();
    let begun = folder.join("begun");
    let mut stream = connect(addr);
    let command = format!("echo; echo > '{}'; exec sleep 1000", begun.display());
    stream.write_all(command.as_bytes()).unwrap();
    wait_until("the command has begun", || begun.exists());
    stream
}

#[test]
fn who_leaves_ends_its_command_and_the_next_client_is_served() {
    let addr = server();
    for half_close in [true, false] {
        let mut stream = connect_and_begin(addr);
        if half_close {
            stream.shutdown(Shutdown::Write).unwrap();
            // What it had printed is no answer.
            assert_eq!(uninterrupted(|| stream.read(&mut [0; 10])).unwrap(), 0);
        }
        drop(stream);
        answers(addr);
    }
}

#[test]
fn who_leaves_with_commands_waiting_ends_the_one_that_runs() {
    let addr = server();
    let mut stream = connect_and_begin(addr);
    for _ in 0..5 {
        stream.write_all(b"sleep 1000; ").unwrap();
    }
    drop(stream);
    answers(addr);
}

/// A client to whom more is being sent than it reads.
fn connect_and_leave_unread(addr: SocketAddr) -> TcpStream {
    let mut stream = connect(addr);
    stream.write_all(b"head -c 1000000 /dev/zero").unwrap();
    uninterrupted(|| stream.peek(&mut [0])).unwrap();
    stream
}

#[test]
fn survives_a_reset_while_the_answer_is_sent() {
    let addr = server();
    let stream = connect_and_leave_unread(addr);
    drop(stream); // with the answer unread
    answers(addr);
}

#[test]
fn survives_a_reset_with_more_commands_than_it_reads_ahead() {
    let addr = server();
    let mut stream = connect_and_leave_unread(addr);
    // Each read of 1024 bytes is a command with an answer that cannot be sent.
    let command = format!("echo {:>1019}", "x");
    stream.write_all(command.repeat(60).as_bytes()).unwrap();
    drop(stream); // with the answer unread
    answers(addr);
}

#[test]
fn survives_a_hundred_clients() {
    let addr = server();
    let clients: Vec<_> = (0..100).map(|_| connect(addr)).collect();
    drop(clients);
    answers(addr);
}
