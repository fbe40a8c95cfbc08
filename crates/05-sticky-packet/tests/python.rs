//! The book's Python client talks with lesson 5's server. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
// The client writes lengths in the order of its machine.
#![cfg(target_endian = "little")]

use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{ChildStderr, ChildStdout, Command, Stdio};

use scene::Running;

/// A server whose input is at its end, so that it reads without waiting.
struct Server {
    lines: Lines<BufReader<ChildStdout>>,
    complaints: Lines<BufReader<ChildStderr>>,
    port: String,
    _running: Running,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sticky-packet-server"));
        command.args(options).arg("127.0.0.1:0").stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(&mut command);
        let port = running.listening_on().rsplit_once(':').unwrap().1.to_string();
        let lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
        let complaints = BufReader::new(running.0.stderr.take().unwrap()).lines();
        Server { lines, complaints, port, _running: running }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

/// Sends messages with Python and waits for its end; false where there is no Python.
fn send(server: &mut Server, messages: &[&str]) -> bool {
    let args = [&["127.0.0.1", &server.port], messages].concat();
    let folder = env!("CARGO_MANIFEST_DIR");
    let Some(mut client) = scene::python::start(folder, "sticky_client.py", &args)
    else {
        return false;
    };
    let mut errors = String::new();
    client.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(client.0.wait().unwrap().success(), "{errors}");
    assert!(server.line().ends_with(" connected"));
    true
}

#[test]
fn a_python_client_with_struct_pack_i_needs_little() {
    let mut server = Server::start(&["--framed", "--little"]);
    for _ in 0..2 {
        if !send(&mut server, &["hello", "你好", ""]) {
            return;
        }
        assert_eq!(server.line(), "message of 5 bytes: \"hello\" (2 reads)");
        assert_eq!(server.line(), "message of 6 bytes: \"你好\" (2 reads)");
        assert_eq!(server.line(), "message of 0 bytes: \"\" (1 reads)");
        assert_eq!(server.line(), "no more messages: end of file");
    }
}

#[test]
fn without_little_its_five_is_83886080_and_refused() {
    let mut server = Server::start(&["--framed"]);
    if send(&mut server, &["hello"]) {
        let complaint = server.complaints.next().unwrap().unwrap();
        assert!(complaint.contains("length 83886080 (05 00 00 00) is over"));
        let question = server.complaints.next().unwrap().unwrap();
        assert!(question.starts_with("  Read little-endian it is 5: "));
    }
}
