//! A client in Python, written from the book's page about the protocol alone, talks
//! with the server. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use common::{ANN, Server};
use scene::Running;

/// Starts the client of a user with this key; `None` where there is no Python.
fn start(
    server: &Server,
    (user, key): (&str, &str),
    command: &[&str],
) -> Option<Running> {
    let key_file = server.folder.write("key", format!("{key}\n"));
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
    let (host, port) = server.addr.rsplit_once(':').unwrap();
    let args = [&[host, port, user, key_file.to_str().unwrap()], command].concat();
    scene::python::start(env!("CARGO_MANIFEST_DIR"), "capstone_client.py", &args)
}

/// Its input is given; what it prints on stdout and stderr, and its exit status.
fn run(
    server: &Server,
    user: (&str, &str),
    command: &[&str],
    input: &[u8],
) -> Option<(String, String, i32)> {
    let mut client = start(server, user, command)?;
    let _ = client.0.stdin.take().unwrap().write_all(input);
    Some(end(client))
}

fn end(mut client: Running) -> (String, String, i32) {
    let (mut out, mut err) = (String::new(), String::new());
    client.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    client.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    (out, err, client.0.wait().unwrap().code().unwrap())
}

fn done(out: &str) -> (String, String, i32) {
    (out.to_string(), String::new(), 0)
}

#[test]
fn it_runs_a_command_with_input_and_takes_over_its_exit_code() {
    let server = Server::start();
    let input = "x".repeat(200_000);
    let command = ["run", "wc -c; echo bad >&2; exit 7"];
    let Some((out, err, code)) = run(&server, ANN, &command, input.as_bytes())
    else {
        return;
    };
    assert_eq!((out.trim(), &err[..], code), ("200000", "bad\n", 7));
}

#[test]
fn it_puts_lists_and_fetches_the_same_bytes() {
    let server = Server::start();
    let contents: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    // It fetches into the folder where it runs: a name of its own, removed at the
    // end.
    let name = format!("capstone-python-{}.bin", std::process::id());
    let path = server.folder.write(&name, &contents);
    let path = path.to_str().unwrap();
    let Some(put) = run(&server, ANN, &["put", path], b"") else { return };
    assert_eq!(put, done(""));
    assert!(server.file(&name) == contents);
    let listed = done(&format!("300000 {name}\n"));
    assert_eq!(run(&server, ANN, &["ls"], b"").unwrap(), listed);
    let got = run(&server, ANN, &["get", &name], b"").unwrap();
    let fetched = fs::read(&name);
    let _ = fs::remove_file(&name);
    assert_eq!(got, done(""));
    assert!(fetched.unwrap() == contents);
    let (_, err, code) = run(&server, ANN, &["put", path], b"").unwrap();
    assert!(err.starts_with("exists: ") && code == 1, "{err}");
}

#[test]
fn it_says_who_is_there() {
    let server = Server::start();
    let Some(who) = run(&server, ANN, &["who"], b"") else { return };
    assert_eq!(who, done("ann idle\n"));
}

#[test]
fn it_refuses_a_server_that_does_not_know_its_key() {
    let server = Server::start();
    for user in [("ann", "another key than that"), ("eve", ANN.1)] {
        let Some((out, err, code)) = run(&server, user, &["ls"], b"") else {
            return;
        };
        assert!(
            out.is_empty() && code == 1 && err.starts_with("wrong proof"),
            "{err}"
        );
    }
}

#[test]
fn its_ctrl_c_ends_the_command_and_not_the_client() {
    let server = Server::start();
    let command = ["run", "echo here; sleep 1000"];
    let Some(mut client) = start(&server, ANN, &command) else { return };
    let mut line = [0; 5];
    client.0.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    let ended = std::process::Command::new("kill")
        .args(["-INT", &client.0.id().to_string()])
        .stdout(Stdio::null())
        .status();
    assert!(ended.unwrap().success());
    let (out, err, code) = end(client);
    let expected = "the command has not ended by itself: interrupted\n";
    assert_eq!((&out[..], &err[..], code), ("", expected, 1));
}
