//! The book's Python client talks with lesson 7's server. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::net::SocketAddr;

use common::server;
use scene::Temp;

/// What a client in this folder prints on stdout and on stderr; `None` where there is
/// no Python.
fn run(
    file: &str,
    here: &Temp,
    addr: SocketAddr,
    args: &[&str],
) -> Option<(String, String)> {
    let mut client = scene::python::command(env!("CARGO_MANIFEST_DIR"), file)?;
    client.args([addr.ip().to_string(), addr.port().to_string()]).args(args);
    let output = client.current_dir(&here.0).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(String::from_utf8);
    let (out, err) = (out.unwrap(), err.unwrap());
    assert_eq!(output.status.success(), err.is_empty(), "{err}");
    Some((out, err))
}

const CLIENT: &str = "file_client.py";
const EXERCISE: &str = "ex_7_4.py";

#[test]
fn a_python_client_puts_lists_and_gets_the_same_bytes() {
    let (share, here) = (Temp::new(), Temp::new());
    let addr = server(&share);
    let contents: Vec<u8> = (0..300_000).map(|n| (n % 251) as u8).collect();
    here.write("你好.bin", &contents);
    let put = ["put", "你好.bin"];
    let Some(done) = run(CLIENT, &here, addr, &put) else { return };
    assert_eq!(done, (String::new(), String::new()));
    assert!(share.read("你好.bin") == contents);
    assert_eq!(run(CLIENT, &here, addr, &["ls"]).unwrap().0, "300000 你好.bin\n");
    let (_, refused) = run(CLIENT, &here, addr, &put).unwrap();
    assert!(refused.starts_with("exists: "), "{refused}");
}

#[test]
fn a_python_client_fetches_into_its_folder_and_says_what_is_refused() {
    let (share, here) = (Temp::new(), Temp::new());
    let addr = server(&share);
    let contents = vec![b'x'; 300_000];
    share.write("a.bin", &contents);
    let Some(done) = run(CLIENT, &here, addr, &["get", "a.bin"]) else { return };
    assert_eq!(done, (String::new(), String::new()));
    assert!(here.read("a.bin") == contents);
    let (_, refused) = run(CLIENT, &here, addr, &["get", "../etc/passwd"]).unwrap();
    assert!(refused.starts_with("bad_name: "), "{refused}");
}

#[test]
fn the_exercises_client_goes_on_from_what_is_there() {
    let (share, here) = (Temp::new(), Temp::new());
    let addr = server(&share);
    let contents = vec![b'x'; 300_000];
    share.write("a.bin", &contents);
    for (part, said) in [
        (&contents[..0], ""),
        (&contents[..200_000], ""),
        (&contents, ""),
        (b"something else", "from the start again\n"),
        (&[b'x'; 300_001], "from the start again\n"),
    ] {
        here.write(".part-a.bin", part);
        let Some(done) = run(EXERCISE, &here, addr, &["a.bin"]) else { return };
        assert_eq!(done, (said.to_string(), String::new()));
        assert_eq!(here.names(), ["a.bin"]);
        assert!(here.read("a.bin") == contents);
        std::fs::remove_file(here.join("a.bin")).unwrap();
    }
    let (_, refused) = run(EXERCISE, &here, addr, &["nosuch"]).unwrap();
    assert!(refused.starts_with("not_found: "), "{refused}");
    assert!(here.names().is_empty());
}
