//! What needs the real programs: one is stopped for a while.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use scene::{Running, uninterrupted};

#[test]
fn a_server_that_is_stopped_and_goes_on_sends_its_answer_whole() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_remote-shell-server"));
    command.arg("127.0.0.1:0").stdout(Stdio::piped());
    let mut server = Running::start(&mut command);
    let mut stream = TcpStream::connect(server.listening_on()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"head -c 16000000 /dev/zero").unwrap();
    // It has begun to write, and goes on until the buffers of both sides are full.
    uninterrupted(|| stream.peek(&mut [0])).unwrap();
    for _ in 0..2 {
        server.stop_and_continue();
    }
    let mut answer = vec![1; 16_000_000];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.iter().all(|byte| *byte == 0));
}
