//! What needs the real programs: signals, stops, descriptors, a full disk, and what
//! is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};
use std::thread;

use common::{assert_answers, assert_answers_datagram, assert_serves_the_next};
use common::{connect, datagrams, is_at_its_end, is_refused, port_to_keep};
use scene::{Running, Temp, wait_until};

const SERVER: &str = env!("CARGO_BIN_EXE_socketserver-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_socketserver-client");

/// Starts a server by a shell, and returns its address.
fn server(before: &str, options: &str) -> (Running, SocketAddr) {
    let script = format!("{before} exec '{SERVER}' {options} 127.0.0.1:0");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = Running::start(&mut command);
    let addr = program.listening_on().parse().unwrap();
    (program, addr)
}

/// The exit status, and what it has printed that is not told yet.
fn end(mut server: Running) -> (Option<i32>, String) {
    let mut rest = String::new();
    server.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    (server.0.wait().unwrap().code(), rest)
}

fn run(program: &str, args: &[&str]) -> Output {
    Command::new(program).args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_signal_ends_all_its_servers_with_0_and_nothing_is_left() {
    for name in ["INT", "TERM", "HUP"] {
        let temp = Temp::new();
        let path = temp.join("s");
        let options = format!("--udp --unix '{}'", path.display());
        let (mut server, addr) = server("", &options);
        assert_eq!(server.listening_on(), format!("{addr}, UDP"));
        assert_eq!(server.listening_on(), path.to_str().unwrap());
        assert_answers(UnixStream::connect(&path).unwrap(), b"hello");
        assert_answers_datagram(&datagrams(addr), b"hello");
        server.signal(name);
        let (status, printed) = end(server);
        assert_eq!(status, Some(0), "SIG{name}");
        assert!(printed.ends_with("ended, conversations cut: 0\n"), "{printed}");
        assert!(temp.names().is_empty());
    }
}

#[test]
fn a_second_signal_cuts_and_the_clients_learn_of_it() {
    let (mut server, addr) = server("", "--grace 1000");
    let output = BufReader::new(server.0.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    let streams = [connect(addr), connect(addr)];
    streams.iter().for_each(|stream| assert_answers(stream, b"one"));
    server.signal("TERM");
    // Who tries whether it listens would be counted, too.
    let ending = lines.find(|line| line.starts_with("ending"));
    assert_eq!(ending.unwrap(), "ending, conversations left: 2");
    assert!(is_refused(addr));
    streams.iter().for_each(|stream| assert_answers(stream, b"two"));
    server.signal("TERM");
    assert_eq!(lines.last().unwrap(), "ended, conversations cut: 2");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
    assert!(streams.into_iter().all(is_at_its_end));
}

#[test]
fn one_after_the_other_it_ends_as_well() {
    let (server, addr) = server("", "--one --grace 0.1");
    let talking = connect(addr);
    assert_answers(&talking, b"hello");
    let _waiting = connect(addr);
    server.signal("INT");
    let (status, printed) = end(server);
    assert_eq!(status, Some(0));
    assert!(printed.ends_with("ended, conversations cut: 1\n"), "{printed}");
}

#[test]
fn without_a_descriptor_left_it_survives_and_serves_again_and_ends() {
    for options in ["", "--one --grace 0.5"] {
        let before = "exec 2>/dev/null; ulimit -n 24;";
        let (server, addr) = server(before, options);
        let many: Vec<_> = (0..60).map(|_| connect(addr)).collect();
        server.come_to_rest();
        drop(many);
        wait_until("it has descriptors again", || common::serves(addr));
        let many: Vec<_> = (0..60).map(|_| connect(addr)).collect();
        server.signal("INT");
        wait_until("nobody new can come", || is_refused(addr));
        drop(many);
        assert_eq!(end(server).0, Some(0));
    }
}

#[test]
fn without_a_descriptor_left_it_does_not_spin() {
    let (server, addr) = server("exec 2>/dev/null; ulimit -n 16;", "");
    let _many: Vec<_> = (0..40).map(|_| connect(addr)).collect();
    for _ in 0..2 {
        server.come_to_rest();
    }
}

#[test]
fn a_bad_client_does_not_end_a_server_whose_complaints_nobody_hears() {
    let (_server, addr) = server("exec 2>/dev/full;", "--max-clients 2");
    for _ in 0..20 {
        comm_loop::send_and_reset(connect(addr), b"hello").unwrap();
    }
    wait_until("there is room", || {
        comm_loop::ask(&mut connect(addr), b"hello").is_ok_and(|a| a == b"HELLO")
    });
}

#[test]
fn a_full_disk_behind_its_output_is_said_and_ends_it() {
    let script = format!("exec '{SERVER}' 127.0.0.1:0 >/dev/full");
    let output = run("sh", &["-c", &script]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot write to standard output"));
}

#[test]
fn stopped_and_continued_both_programs_go_on() {
    let (server, addr) = server("", "--udp");
    let mut client = Running::start(
        Command::new(CLIENT)
            .arg(addr.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped()),
    );
    let mut input = client.0.stdin.take().unwrap();
    let mut answers = BufReader::new(client.0.stdout.take().unwrap()).lines();
    let socket = datagrams(addr);
    for _ in 0..2 {
        writeln!(input, "hello").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), "HELLO");
        assert_answers_datagram(&socket, b"hello");
        server.stop_and_continue();
        client.stop_and_continue();
    }
    server.signal("INT");
    drop(input);
    assert_eq!(end(server).0, Some(0));
}

#[test]
fn a_conversation_leaves_no_thread_and_no_descriptor() {
    let (mut server, addr) = server("", "");
    let mut stdout = server.0.stdout.take().unwrap();
    thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
    assert_serves_the_next(addr);
    let mut before = (0, 0);
    wait_until("it is at rest", || {
        let now = (server.count("task"), server.count("fd"));
        std::mem::replace(&mut before, now) == now
    });
    for _ in 0..100 {
        assert_serves_the_next(addr);
    }
    wait_until("it has as many as before", || {
        server.count("task") <= before.0 && server.count("fd") <= before.1
    });
}

#[test]
fn the_client_is_clear_about_its_end() {
    let (_port, addr) = port_to_keep();
    wait_until("nobody has its socket", || is_refused(addr));
    let addr = addr.to_string();
    let output = run(CLIENT, &["--tries", "2", "--pause", "1", &addr]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("try 1 of 2: "), "{stderr}");
    assert!(stderr.contains("try 2 of 2: Connection refused"), "{stderr}");
    assert!(stderr.contains("Start the server first"), "{stderr}");
    for bad in [["--tries", "0"], ["--pause", "x"], ["--nope", "1"]] {
        assert_eq!(run(CLIENT, &bad).status.code(), Some(2));
    }
    assert_eq!(run(SERVER, &["--max-clients", "0"]).status.code(), Some(2));
}

#[test]
fn what_cannot_be_listened_on_is_said_and_nothing_is_left() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = run(SERVER, &[&addr]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains(&format!("cannot listen on {addr}: ")));
    let temp = Temp::new();
    let file = temp.write("notes.txt", "precious");
    let output = run(SERVER, &["--unix", file.to_str().unwrap(), "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no socket, and is left alone"));
    assert_eq!(temp.read("notes.txt"), b"precious");
}
