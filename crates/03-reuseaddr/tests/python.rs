//! The book's Python server answers like lesson 3's. Skipped where Python is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

#[test]
fn a_python_server_answers_one_client_after_the_other() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let args = ["0", "reuse"];
    let Some(mut server) = scene::python::start(folder, "ex_3_5.py", &args) else {
        return;
    };
    let addr = server.listening_on();
    for text in ["hello", "你好, x", ""] {
        let mut stream = TcpStream::connect(&addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, text.to_ascii_uppercase());
    }
}
