//! What must hold of lesson 5's server, whatever its clients do: after each of them
//! the next one is served. It says nothing to them: the tests read what it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use scene::{Running, uninterrupted};
use sticky_packet::{MAX_MESSAGE, Order, frame};

const LIMIT: Duration = Duration::from_secs(10);

/// A server on a free port.
struct Server {
    program: Running,
    lines: Receiver<String>,
    complaints: Receiver<String>,
    addr: String,
}

fn heard(from: impl Read + Send + 'static) -> Receiver<String> {
    let (speaker, ear) = mpsc::channel();
    let mut lines = BufReader::new(from).lines();
    thread::spawn(move || lines.try_for_each(|line| speaker.send(line.unwrap())));
    ear
}

impl Server {
    /// Reads without waiting: its input is at its end.
    fn start(options: &[&str]) -> Self {
        Server::with_input(Stdio::null(), options)
    }

    fn with_input(input: Stdio, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sticky-packet-server"));
        command.args(options).arg("127.0.0.1:0").stdin(input);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = Running::start(&mut command);
        let addr = program.listening_on();
        let lines = heard(program.0.stdout.take().unwrap());
        let complaints = heard(program.0.stderr.take().unwrap());
        Server { program, lines, complaints, addr }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.addr).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// Sends bytes and closes.
    fn send(&self, bytes: &[u8]) {
        self.connect().write_all(bytes).unwrap();
    }

    #[track_caller]
    fn assert_prints(&self, expected: &str) {
        assert_eq!(self.lines.recv_timeout(LIMIT).unwrap(), expected);
    }

    #[track_caller]
    fn assert_greets(&self) {
        let line = self.lines.recv_timeout(LIMIT).unwrap();
        assert!(line.ends_with(" connected"), "{line}");
    }

    #[track_caller]
    fn assert_complains(&self, expected: &str) {
        let line = self.complaints.recv_timeout(LIMIT).unwrap();
        assert!(line.contains(expected), "{line}");
    }

    #[track_caller]
    fn assert_serves_the_next(&self, order: Order) {
        self.send(&frame(b"next", order).unwrap());
        self.assert_greets();
        self.assert_prints("message of 4 bytes: \"next\" (2 reads)");
        self.assert_prints("no more messages: end of file");
    }
}

#[test]
fn one_enter_is_one_read_and_the_end_of_input_reads_without_waiting() {
    let mut server = Server::with_input(Stdio::piped(), &["--read-size", "3"]);
    let mut input = server.program.0.stdin.take().unwrap();
    server.send(b"hellofeng!");
    server.assert_greets();
    input.write_all(b"\n").unwrap();
    server.assert_prints("read 3 bytes: \"hel\"");
    assert!(server.lines.try_recv().is_err());
    input.write_all(b"what is typed does not matter\n").unwrap();
    server.assert_prints("read 3 bytes: \"lof\"");
    drop(input);
    server.assert_prints("read 3 bytes: \"eng\"");
    server.assert_prints("read 1 bytes: \"!\"");
    server.assert_prints("read 0 bytes: end of file");
}

#[test]
fn an_enter_that_comes_too_early_counts_for_the_first_read() {
    let mut server = Server::with_input(Stdio::piped(), &[]);
    let mut input = server.program.0.stdin.take().unwrap();
    input.write_all(b"\n").unwrap();
    let mut client = server.connect();
    server.assert_greets();
    client.write_all(b"hello").unwrap();
    server.assert_prints("read 5 bytes: \"hello\"");
}

#[test]
fn survives_a_client_that_says_nothing_and_leaves() {
    let server = Server::start(&["--framed"]);
    server.send(b"");
    server.assert_greets();
    server.assert_prints("no more messages: end of file");
    server.assert_serves_the_next(Order::Big);
}

#[test]
fn survives_a_message_that_is_cut_anywhere() {
    let server = Server::start(&["--framed"]);
    let bytes = frame(b"hello", Order::Big).unwrap();
    for size in 1..bytes.len() {
        server.send(&bytes[..size]);
        server.assert_greets();
        server.assert_complains("message cut: end of file after ");
    }
    server.assert_serves_the_next(Order::Big);
}

#[test]
fn a_length_over_the_limit_is_refused_and_the_connection_closed() {
    let server = Server::start(&["--framed", "--little"]);
    for length in [MAX_MESSAGE as u32 + 1, 1 << 31, u32::MAX] {
        let mut client = server.connect();
        client.write_all(&length.to_le_bytes()).unwrap();
        server.assert_greets();
        server.assert_complains(&format!("length {length} ("));
        server.assert_complains("Read big-endian it is ");
        assert_eq!(uninterrupted(|| client.read(&mut [0])).unwrap(), 0);
    }
    server.assert_serves_the_next(Order::Little);
}

#[test]
fn a_long_message_is_whole_whatever_the_size_of_a_read() {
    let shown = format!("\"{}\"…", "x".repeat(32));
    for (read_size, length) in [("1", 10_000), ("65536", MAX_MESSAGE)] {
        let message = vec![b'x'; length];
        let server = Server::start(&["--framed", "--read-size", read_size]);
        server.send(&frame(&message, Order::Big).unwrap());
        server.assert_greets();
        let line = server.lines.recv_timeout(LIMIT).unwrap();
        let expected = format!("message of {length} bytes: {shown} (");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn messages_that_come_byte_by_byte_are_whole() {
    let server = Server::start(&["--framed"]);
    let mut client = server.connect();
    client.set_nodelay(true).unwrap();
    for byte in frame("你好".as_bytes(), Order::Big).unwrap() {
        client.write_all(&[byte]).unwrap();
    }
    server.assert_greets();
    let line = server.lines.recv_timeout(LIMIT).unwrap();
    assert!(line.starts_with("message of 6 bytes: \"你好\" ("), "{line}");
}

#[test]
#[cfg(unix)]
fn survives_a_client_that_resets() {
    for options in [&["--framed"][..], &[]] {
        let mut server = Server::with_input(Stdio::piped(), options);
        let mut input = server.program.0.stdin.take().unwrap();
        let client = server.connect();
        server.assert_greets();
        // Without lingering, close sends a reset instead of an end of file.
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        input.write_all(b"\n").unwrap();
        server.assert_complains("cannot read: Connection reset by peer");
        server.send(b"");
        server.assert_greets();
    }
}

#[test]
fn serves_a_hundred_clients_that_come_at_once_one_after_the_other() {
    let server = Server::start(&["--framed"]);
    let clients: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for mut client in clients {
        client.write_all(&frame(b"hello", Order::Big).unwrap()).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        server.assert_greets();
        server.assert_prints("message of 5 bytes: \"hello\" (2 reads)");
        server.assert_prints("no more messages: end of file");
    }
}
