//! What the system does to the server's process: it has no file descriptors left, or is
//! stopped for a while.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use scene::Running;

const LIMIT: Duration = Duration::from_secs(10);

/// Starts the server by a shell, and returns its address.
fn start(before: &str, options: &str) -> (Running, String) {
    let script = format!(
        "{before} exec '{}' {options} 127.0.0.1:0",
        env!("CARGO_BIN_EXE_comm-loop-server")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Running::start(&mut command);
    let addr = server.listening_on();
    (server, addr)
}

fn connect(addr: &str) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

#[test]
fn a_server_that_is_stopped_and_goes_on_keeps_its_client() {
    let (server, addr) = start("", "--idle-timeout 1000");
    let mut client = connect(&addr);
    for text in ["before", "after"] {
        assert!(comm_loop::ask(&mut client, text.as_bytes()).is_ok());
        server.stop_and_continue();
    }
    assert_eq!(comm_loop::ask(&mut client, b"still there").unwrap(), b"STILL THERE");
}

#[test]
fn survives_without_descriptors_and_serves_again_when_there_are_some() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("skipped: it needs the program prlimit");
        return;
    }
    // Four may be open: its three streams and the listener.
    let (mut server, addr) = start("ulimit -S -n 4;", "");

    // The kernel completes the connection; accept fails for want of a descriptor.
    let mut client = connect(&addr);
    let stderr = BufReader::new(server.0.stderr.take().unwrap());
    let (heard, complaints) = mpsc::channel();
    thread::spawn(move || {
        stderr.lines().try_for_each(|line| heard.send(line.unwrap()))
    });
    let pid = server.0.id();
    for _ in 0..2 {
        assert_eq!(
            complaints.recv_timeout(LIMIT).unwrap(),
            "comm-loop-server: cannot accept: Too many open files (os error 24)"
        );
        // It waits before it tries again. One that spins is blocked only when nobody
        // reads its complaints fast enough, and then there are many.
        server.come_to_rest();
        assert!(complaints.try_recv().is_err(), "the server spins");
    }

    let raised = Command::new("prlimit")
        .args(["--pid", &pid.to_string(), "--nofile=64:"])
        .status()
        .unwrap();
    assert!(raised.success());
    assert_eq!(comm_loop::ask(&mut client, b"hello").unwrap(), b"HELLO");
}

#[test]
fn a_bad_client_does_not_end_a_server_whose_complaints_nobody_hears() {
    let (_server, addr) = start("exec 2>/dev/full;", "");
    comm_loop::send_and_reset(connect(&addr), b"hello").unwrap();
    assert_eq!(comm_loop::ask(&mut connect(&addr), b"next").unwrap(), b"NEXT");
}
