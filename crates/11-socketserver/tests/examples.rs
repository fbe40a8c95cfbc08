//! Lessons 1, 2, 6, 8 and 9 on the framework, with their own clients.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![allow(dead_code, reason = "nobody calls the examples' main")]

#[path = "../examples/echo.rs"]
mod example1;
#[path = "../examples/comm_loop.rs"]
mod example2;
#[path = "../examples/custom_header.rs"]
mod example6;
#[path = "../examples/udp.rs"]
mod example8;
#[path = "../examples/hmac_auth.rs"]
mod example9;

mod common;

use std::io::{Read, Write};
use std::net::Shutdown;

use common::{
    LIMIT, THREADS, assert_answers_datagram, connect, datagrams, tcp, udp,
};
use hmac_auth::{Answer, Sending, Server};
use socketserver::Model;

#[test]
fn lesson_1_answers_once_and_closes() {
    let (_server, addr) = tcp(example1::handle, Model::One);
    for _ in 0..2 {
        echo::ask(connect(addr), b"hello").unwrap();
        let mut stream = connect(addr);
        stream.write_all(b"hello").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "HELLO");
    }
}

#[test]
fn lesson_2_talks_until_the_end_of_file() {
    let (_server, addr) = tcp(example2::handle, Model::One);
    let mut stream = connect(addr);
    for size in [1, 1025, 200_000] {
        let answer = comm_loop::ask(&mut stream, &vec![b'x'; size]).unwrap();
        assert!(answer == vec![b'X'; size]);
    }
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(common::is_at_its_end(stream));
}

#[test]
#[cfg(unix)]
fn lesson_6_runs_commands_and_ends_them_when_it_ends() {
    use custom_header::{read_body, read_header, write_frame};
    let (server, addr) = tcp(example6::handle, THREADS);
    let mut stream = connect(addr);
    for (command, output, code) in
        [("echo hello", "hello\n", 0), ("printf 'a b'; exit 3", "a b", 3)]
    {
        write_frame(&mut stream, command.as_bytes()).unwrap();
        let header = read_header(&mut stream).unwrap();
        assert_eq!(header.exit_code, Some(code));
        let mut body = Vec::new();
        let take = |piece: &[u8]| body.extend_from_slice(piece);
        read_body(&mut stream, header.total_size, take).unwrap();
        assert_eq!(body, output.as_bytes());
    }
    write_frame(&mut stream, b"").unwrap();
    let error = read_header(&mut stream).unwrap_err();
    assert!(error.to_string().starts_with("the server refuses: "), "{error}");
    write_frame(&mut stream, b"sleep 1000").unwrap();
    drop(server); // would wait 30 s for the command
    assert!(common::is_at_its_end(stream));
}

#[test]
fn lesson_8_answers_datagrams() {
    let (_server, addr) = udp(example8::handle, Model::One);
    let socket = datagrams(addr);
    for size in [0, 1, 65_507] {
        assert_answers_datagram(&socket, &vec![b'x'; size]);
    }
}

#[test]
fn lesson_9_talks_with_who_knows_the_key_and_with_nobody_else() {
    let key = b"0123456789abcdef".to_vec();
    let server = Server { key: key.clone(), auth_timeout: LIMIT };
    let (_server, addr) = tcp(example9::Authenticated(server), THREADS);
    let authenticate = |key: &[u8]| {
        let mut stream = connect(addr);
        let (answer, how) = (Answer::Key(key.to_vec()), Sending::AtOnce);
        hmac_auth::authenticate(&mut stream, &answer, how, LIMIT).unwrap();
        stream
    };
    let mut stream = authenticate(&key);
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(comm_loop::ask(&mut stream, b"hello").unwrap(), b"HELLO");
    let refused = authenticate(b"another one entirely");
    refused.set_read_timeout(Some(LIMIT)).unwrap();
    assert!(common::is_at_its_end(refused));
}
