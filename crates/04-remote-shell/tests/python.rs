//! The book's Python server answers lesson 4's client. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

#[test]
fn a_python_server_answers_the_client_and_then_the_next() {
    let Some(mut server) =
        scene::python::start(env!("CARGO_MANIFEST_DIR"), "ex_4_4.py", &["0"])
    else {
        return;
    };
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let addr = listening.strip_prefix("listening on ").unwrap();
    for _ in 0..2 {
        let mut client = Command::new(env!("CARGO_BIN_EXE_remote-shell-client"))
            .arg(addr)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = client.stdin.take().unwrap();
        // The second fills a pipe: a server that waits on the other one hangs.
        let big = "head -c 70000 /dev/zero";
        let commands =
            format!("echo err >&2; echo out; exit 3\n{big}; {big} >&2\nquit\n");
        input.write_all(commands.as_bytes()).unwrap();
        let output = client.wait_with_output().unwrap();
        assert!(output.status.success());
        // The server waits for the next client, so its lines may be read now.
        let line = lines.next().unwrap().unwrap();
        assert!(line.ends_with(": 8 bytes, exit status 3"), "{line}");
        let line = lines.next().unwrap().unwrap();
        assert!(line.ends_with(": 140000 bytes, exit status 0"), "{line}");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with("out\nerr\n"), "{text:?}");
    }
}
