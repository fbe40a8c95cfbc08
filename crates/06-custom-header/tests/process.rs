//! What needs the real programs: their ends, their descriptors, their memory.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

mod fifo;

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use custom_header::{Header, read_body, read_frame, write_frame};
use fifo::Fifo;
use scene::{Running, uninterrupted, wait_until};

const LIMIT: Duration = Duration::from_secs(20);

const SERVER: &str = env!("CARGO_BIN_EXE_custom-header-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_custom-header-client");

struct Server {
    program: Running,
    addr: String,
    /// `None` when nobody reads it any more.
    lines: Option<Lines<BufReader<ChildStdout>>>,
}

/// Starts the server by a shell.
fn server(before: &str, options: &str) -> Server {
    let script = format!("{before} exec '{SERVER}' {options} 127.0.0.1:0");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = Running::start(&mut command);
    let addr = program.listening_on();
    let lines = BufReader::new(program.0.stdout.take().unwrap()).lines();
    Server { program, addr, lines: Some(lines) }
}

impl Server {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.addr).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    fn client(&self, command: &str) -> Output {
        Command::new(CLIENT).args([&self.addr, "--", command]).output().unwrap()
    }

    /// What a client makes of these lines.
    fn typed(&self, options: &[&str], lines: &[u8]) -> Output {
        let mut command = Command::new(CLIENT);
        command.args(options).arg(&self.addr).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut client = command.spawn().unwrap();
        client.stdin.take().unwrap().write_all(lines).unwrap();
        client.wait_with_output().unwrap()
    }

    #[track_caller]
    fn assert_answers(&self) {
        assert_eq!(self.client("echo alive").stdout, b"alive\n");
    }
}

/// The header of the answer to one command.
fn ask(mut stream: &TcpStream, command: &str) -> Header {
    write_frame(&mut stream, command.as_bytes()).unwrap();
    let header = read_frame(&mut stream, 65_536).unwrap().unwrap();
    let header = Header::from_json(&header).unwrap();
    read_body(&mut stream, header.total_size, |_| ()).unwrap();
    header
}

// The client.

#[test]
fn the_client_ends_with_the_status_of_the_command_and_keeps_its_streams_apart() {
    let server = server("", "");
    for status in [0, 7, 255] {
        let output =
            server.client(&format!("echo out; echo err >&2; exit {status}"));
        assert_eq!(output.status.code(), Some(status));
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
    }
    let stopped = server.client("kill -9 $$");
    assert_eq!(stopped.status.code(), Some(1));
    let text = "the command was stopped, by a signal or the time limit\n";
    assert_eq!(String::from_utf8(stopped.stderr).unwrap(), text);
}

#[test]
fn after_a_refusal_or_a_command_that_fails_the_client_reads_the_next_line() {
    let output = server("", "").typed(&[], b"echo \xff\nexit 3\necho next\n");
    assert!(output.status.success());
    assert_eq!(output.stdout, b"next\n");
    let text = "the server refuses: \"the command is not UTF-8\"\nexit status 3\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), text);
}

#[test]
fn the_client_sends_at_most_64_kib_at_once() {
    let server = server("", "");
    let lines = format!("{:>60000}\n", "#");
    let output = server.typed(&["--at-once"], lines.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let output = server.typed(&["--at-once"], lines.repeat(2).as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("120008 bytes at once, expected at most 65536"), "{text}");
}

#[test]
fn the_client_ends_quietly_when_nobody_reads_its_output() {
    let server = server("", "");
    let script = format!(
        "{{ '{CLIENT}' {} -- seq 1000000; echo $? >&2; }} | head -1",
        server.addr
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"1\n"[..], &b"0\n"[..]));
}

#[test]
fn the_client_says_that_nobody_listens() {
    let mut server = server("", "");
    server.program.kill();
    let output = server.client("ls");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let begins =
        format!("custom-header-client: cannot connect to {}: ", server.addr);
    assert!(text.starts_with(&begins), "{text}");
}

#[test]
fn both_have_help_and_refuse_what_they_do_not_know() {
    for (program, name) in
        [(SERVER, "custom-header-server"), (CLIENT, "custom-header-client")]
    {
        let help = Command::new(program).arg("--help").output().unwrap();
        assert!(help.status.success());
        let usage = format!("Usage: {name} ");
        assert!(help.stdout.starts_with(usage.as_bytes()));
        let wrong = Command::new(program).arg("--nosuch").output().unwrap();
        assert_eq!(wrong.status.code(), Some(2));
        let text = String::from_utf8(wrong.stderr).unwrap();
        assert!(text.starts_with(&format!("{name}: unknown option")), "{text}");
    }
}

#[test]
fn both_name_the_file_that_they_cannot_read_and_the_call() {
    for (program, option) in [(SERVER, "--answer"), (CLIENT, "--send")] {
        let mut command = Command::new(program);
        let output = command.args([option, "/nowhere/f", "127.0.0.1:0"]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(": cannot read /nowhere/f: No such file"), "{text}");
    }
}

#[test]
fn the_server_refuses_an_address_that_others_can_reach() {
    let output = Command::new(SERVER).arg("0.0.0.0:0").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--allow-remote"), "{text}");
}

// Ends.

#[test]
fn the_server_names_the_call_that_failed_and_the_peer() {
    let mut server = server("exec 2>&1;", "");
    let lines = server.lines.as_mut().unwrap();
    for (bytes, text) in [
        (&b"\0\0\0\x05hel"[..], "cannot read: frame cut: end of file after 3 of 5"),
        (b"\0\0\0\0", "cannot read: Connection reset by peer"),
    ] {
        let mut stream = TcpStream::connect(&server.addr).unwrap();
        let peer = stream.local_addr().unwrap();
        stream.write_all(bytes).unwrap();
        if text.contains("reset") {
            // Refused: what is unread makes a reset.
            uninterrupted(|| stream.peek(&mut [0])).unwrap();
        }
        drop(stream);
        let begin = format!("custom-header-server: {peer}: {text}");
        let said = lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.starts_with(&begin));
        assert!(said, "{begin}");
    }
}

#[test]
fn a_client_that_is_killed_ends_its_command() {
    let server = server("", "");
    let fifo = Fifo::new("client-killed");
    let command = fifo.endless_command();
    let mut client = Command::new(CLIENT);
    client.args([&server.addr, "--", &command]);
    let mut client = Running::start(&mut client);
    fifo.assert_opened();
    client.kill();
    fifo.assert_ended();
    server.assert_answers();
}

#[test]
fn a_server_that_is_killed_ends_its_commands() {
    let mut server = server("", "");
    let fifos = ["killed-1", "killed-2"].map(Fifo::new);
    let streams = fifos.each_ref().map(|fifo| {
        let mut stream = server.connect();
        // Signals to its own group, which it ignores itself, change nothing.
        let command = format!(
            "trap '' INT TERM HUP; kill -INT 0; kill -TERM 0; kill -HUP 0; {}",
            fifo.endless_command()
        );
        write_frame(&mut stream, command.as_bytes()).unwrap();
        fifo.assert_opened();
        stream
    });
    server.program.kill();
    fifos.iter().for_each(Fifo::assert_ended);
    drop(streams);
}

#[test]
fn a_server_whose_output_nobody_reads_ends_quietly_with_its_commands() {
    let mut server = server("", "");
    let fifo = Fifo::new("stdout");
    let mut stream = server.connect();
    write_frame(&mut stream, fifo.endless_command().as_bytes()).unwrap();
    fifo.assert_opened();
    server.lines = None;
    // Each gives it something to say. The first may still be heard: by a child of this
    // process that another test starts, until it is another program.
    wait_until("it has ended", || {
        let _ = TcpStream::connect(&server.addr);
        server.program.0.try_wait().unwrap().is_some()
    });
    assert_eq!(server.program.0.wait().unwrap().code(), Some(0));
    fifo.assert_ended();
}

#[test]
fn a_bad_client_does_not_end_a_server_whose_complaints_nobody_hears() {
    let server = server("exec 2>/dev/full;", "");
    server.connect().write_all(b"\0\0").unwrap(); // cut
    server.connect().write_all(&[0xff; 100]).unwrap(); // too long
    server.assert_answers();
}

#[test]
fn a_server_that_is_stopped_and_goes_on_sends_its_answer_whole() {
    let server = server("", "");
    let mut stream = server.connect();
    let command = "head -c 16000000 /dev/zero";
    write_frame(&mut stream, command.as_bytes()).unwrap();
    // It has begun to write, and goes on until the buffers of both sides are full.
    uninterrupted(|| stream.peek(&mut [0])).unwrap();
    for _ in 0..2 {
        server.program.stop_and_continue();
    }
    read_frame(&mut stream, 65_536).unwrap().unwrap();
    let mut answer = vec![1; 16_000_000];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.iter().all(|byte| *byte == 0));
}

// Descriptors, threads, memory.

#[test]
fn without_descriptors_commands_are_refused_in_step_and_later_they_run() {
    // Fewer than 20 clients: it has its three streams and the listener, at least.
    let server = server("ulimit -n 20;", "");
    let mut streams: Vec<_> = (0..20).map(|_| server.connect()).collect();
    let fd = format!("/proc/{}/fd", server.program.0.id());
    wait_until("no descriptor is left", || {
        (0..20).all(|number| fs::read_link(format!("{fd}/{number}")).is_ok())
    });
    let first = streams.remove(0);
    let waiting = streams.pop().unwrap(); // accept fails, again and again
    for _ in 0..3 {
        let error = ask(&first, "echo alive").error.unwrap();
        assert!(error.contains("Too many open files"), "{error}");
    }
    drop(streams);
    wait_until("a command runs", || ask(&first, "echo alive").error.is_none());
    assert_eq!(ask(&waiting, "echo alive").total_size, 6);
}

#[test]
fn what_bad_clients_have_cost_is_given_back() {
    let server = server("exec 2>/dev/null;", "");
    let idle = (server.program.count("task"), server.program.count("fd"));
    for number in 0..50_u32 {
        let mut stream = server.connect();
        let bytes = match number % 5 {
            0 => vec![],
            1 => b"\0\0\0\x09cut".to_vec(),
            2 => vec![0xff; 1000],
            3 => b"\0\0\0\x0asleep 1000".repeat(10),
            // More than are read ahead, behind an answer that cannot be sent.
            _ => b"\0\0\0\x1ehead -c 10000000 /dev/zero # x".repeat(40),
        };
        stream.write_all(&bytes).unwrap();
    }
    server.assert_answers(); // so it has accepted all of them
    wait_until("threads and descriptors are as before", || {
        (server.program.count("task"), server.program.count("fd")) == idle
    });
}

#[test]
fn a_promise_of_4_gib_allocates_nothing() {
    let server = server("exec 2>/dev/null;", "");
    for _ in 0..4 {
        let mut stream = server.connect();
        stream.write_all(&[0xff; 4]).unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
    let status = format!("/proc/{}/status", server.program.0.id());
    let status = fs::read_to_string(status).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 4 * 1024 * 1024, "{peak}");
}
