//! What needs the real programs: one is stopped for a while.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use scene::Running;

#[test]
fn a_client_that_is_stopped_and_goes_on_still_waits_for_its_connection() {
    let any = "127.0.0.1:0".parse().unwrap();
    let listener = reuseaddr::listen(any, true, 0).unwrap();
    let addr = listener.local_addr().unwrap().as_socket().unwrap();
    let _in_the_queue = TcpStream::connect(addr).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_reuseaddr-client"));
    command.args(["--connect-timeout", "1000", &addr.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut client = Running::start(&mut command);
    for _ in 0..2 {
        client.stop_and_continue();
    }
    listener.accept().unwrap(); // room for one more: its kernel asks again
    let mut line = String::new();
    BufReader::new(client.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("connection 1: connected from 127.0.0.1:"), "{line}");
}
