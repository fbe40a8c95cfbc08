//! Without file descriptors accept fails. The server says so, does not spin, and serves
//! again as soon as there are some.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ends the server also when the test fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that may have four files open: its three streams and the listener.
fn server_without_descriptors() -> Server {
    let script = format!(
        "ulimit -S -n 4; exec '{}' 127.0.0.1:0",
        env!("CARGO_BIN_EXE_comm-loop-server")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped());
    Server(command.spawn().unwrap())
}

fn is_blocked(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(") ").next().unwrap().starts_with('S')
}

#[test]
fn survives_without_descriptors_and_serves_again_when_there_are_some() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("skipped: it needs the program prlimit");
        return;
    }
    let mut server = server_without_descriptors();
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap();

    // The kernel completes the connection; accept fails for want of a descriptor.
    let mut client = TcpStream::connect(addr).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut complaints = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let pid = server.0.id();
    for _ in 0..2 {
        let complaint = complaints.next().unwrap().unwrap();
        assert_eq!(
            complaint,
            "comm-loop-server: cannot accept: Too many open files (os error 24)"
        );
        // It waits before it tries again. A server that spins is found running.
        while !is_blocked(pid) {
            std::thread::yield_now();
        }
    }

    let raised = Command::new("prlimit")
        .args(["--pid", &pid.to_string(), "--nofile=64:"])
        .status()
        .unwrap();
    assert!(raised.success());
    assert_eq!(comm_loop::ask(&mut client, b"hello").unwrap(), b"HELLO");
}
