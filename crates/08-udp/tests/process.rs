//! What needs the real programs: their ends, and what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use scene::{Running, Temp};

const SERVER: &str = env!("CARGO_BIN_EXE_udp-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_udp-client");
const CHAT: &str = env!("CARGO_BIN_EXE_udp-chat");

/// Starts the server; nobody reads what it prints after its address.
fn server(stderr: Stdio) -> (Running, String) {
    let mut command = Command::new(SERVER);
    command.arg("127.0.0.1:0").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = Running::start(command.stderr(stderr));
    let addr = server.listening_on();
    (server, addr)
}

/// Runs the client with this input to its end.
fn client(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(CLIENT)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn a_line_that_is_too_long_is_named_and_the_client_fails_at_the_end() {
    let (_server, addr) = server(Stdio::inherit());
    let input = [&b"one\n"[..], &[b'x'; 65_508], b"\ntwo\n"].concat();
    let output = client(&["--timeout", "10", &addr], &input);
    assert_eq!(text(&output.stdout), "ONE\nTWO\n");
    let complaint = "not sent: 65508 bytes, and a datagram has at most 65507\n";
    assert_eq!(text(&output.stderr), complaint);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn all_answered_is_success() {
    let (_server, addr) = server(Stdio::inherit());
    for args in [vec!["--connect"], vec![]] {
        let args = [args, vec!["--timeout", "10", &addr]].concat();
        let output = client(&args, b"one\n\nthree\nquit\nfour\n");
        assert_eq!(text(&output.stdout), "ONE\n\nTHREE\n");
        assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_whose_complaints_nobody_hears_goes_on() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let (_server, addr) = server(full.into());
    assert!(client(&["--timeout", "10", &addr], b"one\n").status.success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_is_stopped_and_goes_on_still_waits_for_its_answer() {
    use std::io::Read;

    let server = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = server.local_addr().unwrap().to_string();
    let mut command = Command::new(CLIENT);
    command.args(["--timeout", "1000", "--retries", "0", "--size", "5", &addr]);
    let mut client = Running::start(command.stdout(Stdio::piped()));
    let (_, peer) = server.recv_from(&mut [0; 5]).unwrap();
    for _ in 0..2 {
        client.stop_and_continue();
    }
    server.send_to(b"XXXXX", peer).unwrap();
    let mut printed = String::new();
    client.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "5 bytes: \"XXXXX\"\n");
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn the_messenger_says_what_is_wrong_with_its_contacts() {
    let folder = Temp::new();
    let run = |args: &[&str]| {
        let mut command = Command::new(CHAT);
        let output = command.args(args).current_dir(&folder.0).output().unwrap();
        let complaint = text(&output.stderr).lines().next().unwrap().to_string();
        (complaint, output.status.code())
    };
    let missing = run(&["ann"]);
    folder.write("contacts.json", "{\"ann\": 7}");
    let wrong = run(&["ann"]);
    folder.write("my.json", r#"{"ann": "127.0.0.1:1"}"#);
    let unknown = run(&["--contacts", "my.json", "bob"]);
    let unnamed = run(&[]);

    let what = "udp-chat: cannot read contacts.json (udp-chat --help shows one): ";
    assert!(missing.0.starts_with(what), "{missing:?}");
    assert!(missing.0.contains("(os error 2)"), "{missing:?}");
    let text = format!("{what}\"ann\" has 7; expected such as {{");
    assert!(wrong.0.starts_with(&text), "{wrong:?}");
    let text = r#"udp-chat: my.json: "bob" has no address, expected one of ann"#
        .to_string();
    assert_eq!(unknown, (text, Some(1)));
    assert!(unnamed.0.starts_with("udp-chat: no NAME, expected"), "{unnamed:?}");
    assert_eq!([missing.1, wrong.1, unnamed.1], [Some(1), Some(1), Some(2)]);
}
