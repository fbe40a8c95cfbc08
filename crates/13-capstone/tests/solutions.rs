//! The book's solutions in Python. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use common::{ANN, Server};
use scene::{Running, Temp};

fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

/// A file that only its owner can read.
fn secret(folder: &Temp, name: &str, contents: String) -> PathBuf {
    let path = folder.write(name, contents);
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

/// Ann's client, without any input.
fn ann(folder: &Temp, addr: &str, words: &[&str]) -> Output {
    let key = secret(folder, "key", format!("{}\n", ANN.1));
    Command::new(env!("CARGO_BIN_EXE_capstone-client"))
        .args(["--user", "ann", "--key-file"])
        .arg(key)
        .arg("--into")
        .arg(folder.join("."))
        .arg(addr)
        .arg("--")
        .args(words)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_record_of_an_earlier_session_does_nothing() {
    let server = Server::start();
    let port = server.addr.rsplit_once(':').unwrap().1;
    let Some(mut relay) = python("ex_13_2.py", &[port, "0"]) else { return };
    let addr = relay.listening_on();
    let order = ann(&server.folder, &addr, &["run", "echo Bob 10 >> paid"]);
    assert!(order.status.success(), "{order:?}");
    let listed = ann(&server.folder, &addr, &["ls"]);
    assert_eq!(listed.status.code(), Some(1));
    assert_eq!(server.file("paid"), b"Bob 10\n");
}

#[test]
fn a_server_in_python_serves_this_lessons_client() {
    let folder = Temp::new();
    fs::create_dir(folder.join("shared")).unwrap();
    let keys = secret(&folder, "keys", format!("{} {}\n", ANN.0, ANN.1));
    let shared = folder.join("shared");
    let args = [
        "--keys",
        keys.to_str().unwrap(),
        "--folder",
        shared.to_str().unwrap(),
        "127.0.0.1:0",
    ];
    let Some(mut server) = python("ex_13_5.py", &args) else { return };
    let addr = server.listening_on();

    let ran = ann(&folder, &addr, &["run", "echo out; echo err >&2; exit 7"]);
    assert_eq!(ran.status.code(), Some(7));
    assert_eq!((&ran.stdout[..], &ran.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));

    let contents = vec![b'x'; 200_000];
    let path = folder.write("a.txt", &contents);
    let put = ann(&folder, &addr, &["put", path.to_str().unwrap()]);
    assert!(put.status.success(), "{put:?}");
    fs::remove_file(path).unwrap();
    let got = ann(&folder, &addr, &["get", "a.txt"]);
    assert!(got.status.success(), "{got:?}");
    assert!(folder.read("a.txt") == contents);

    let refused = Command::new(env!("CARGO_BIN_EXE_capstone-client"))
        .args(["--user", "ann", &addr, "ls"])
        .env("CAPSTONE_KEY", "another key than that")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
}
