//! The book's Python client talks with lesson 7's server. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

use common::server;
use scene::Temp;

/// What it prints on stdout and on stderr; `None` where there is no Python.
fn run(addr: SocketAddr, verb: &str, operands: &[&str]) -> Option<(String, String)> {
    let (host, port) = (addr.ip().to_string(), addr.port().to_string());
    let args = [&[&host, &port, verb], operands].concat();
    let file = "file_client.py";
    let mut client = scene::python::start(env!("CARGO_MANIFEST_DIR"), file, &args)?;
    let (mut out, mut err) = (String::new(), String::new());
    client.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    client.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(client.0.wait().unwrap().success(), err.is_empty(), "{err}");
    Some((out, err))
}

#[test]
fn a_python_client_puts_lists_and_gets_the_same_bytes() {
    let (share, here) = (Temp::new(), Temp::new());
    let addr = server(&share);
    let contents: Vec<u8> = (0..300_000).map(|n| (n % 251) as u8).collect();
    here.write("你好.bin", &contents);
    let path = here.join("你好.bin");
    let Some(done) = run(addr, "put", &[path.to_str().unwrap()]) else { return };
    assert_eq!(done, (String::new(), String::new()));
    assert!(share.read("你好.bin") == contents);
    assert_eq!(run(addr, "ls", &[]).unwrap().0, "300000 你好.bin\n");
    let (_, refused) = run(addr, "put", &[path.to_str().unwrap()]).unwrap();
    assert!(refused.starts_with("exists: "), "{refused}");
}

#[test]
fn a_python_client_fetches_into_its_folder_and_says_what_is_refused() {
    let share = Temp::new();
    let addr = server(&share);
    // It writes where it runs: a name of its own, removed at the end.
    let name = format!("python-{}.bin", std::process::id());
    let contents = vec![b'x'; 300_000];
    share.write(&name, &contents);
    let Some(done) = run(addr, "get", &[&name]) else { return };
    let fetched = std::fs::read(Path::new(&name));
    let _ = std::fs::remove_file(&name);
    assert_eq!(done, (String::new(), String::new()));
    assert!(fetched.unwrap() == contents);
    let (_, refused) = run(addr, "get", &["../../etc/passwd"]).unwrap();
    assert!(refused.starts_with("bad_name: "), "{refused}");
}
