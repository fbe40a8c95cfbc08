//! What the system does to the server's process: it has no file descriptors left, or is
//! stopped for a while.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(10);

/// Ends the server also when the test fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server by a shell, and returns its address.
fn start(before: &str, options: &str) -> (Server, String) {
    let script = format!(
        "{before} exec '{}' {options} 127.0.0.1:0",
        env!("CARGO_BIN_EXE_comm-loop-server")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.as_mut().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap().to_string();
    (server, addr)
}

fn connect(addr: &str) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Waits until the process is in a state: S blocked, T stopped.
fn wait_for_state(pid: u32, state: char) {
    let now = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with(state)
    };
    let deadline = Instant::now() + LIMIT;
    while !now() {
        assert!(Instant::now() < deadline, "the server is not in the state {state}");
        thread::yield_now();
    }
}

fn signal(name: &str, pid: u32) {
    let kill = format!("kill -s {name} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[test]
fn a_server_that_is_stopped_and_goes_on_keeps_its_client() {
    // With a time-out on the socket, Linux ends the blocked read with EINTR.
    let (server, addr) = start("", "--idle-timeout 100");
    let pid = server.0.id();
    let mut client = connect(&addr);
    for text in ["before", "after"] {
        assert!(comm_loop::ask(&mut client, text.as_bytes()).is_ok());
        wait_for_state(pid, 'S');
        signal("STOP", pid);
        wait_for_state(pid, 'T');
        signal("CONT", pid);
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
        wait_for_state(pid, 'S');
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
