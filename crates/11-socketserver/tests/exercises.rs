//! The examples that the chapter adds, and the solutions of its exercises. Python is
//! skipped where it is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![allow(dead_code, reason = "nobody calls the examples' main")]

#[path = "../examples/ex_11_2.rs"]
mod ex_11_2;
#[path = "../examples/ex_11_3.rs"]
mod ex_11_3;
#[path = "../examples/number.rs"]
mod number;

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use common::{THREADS, connect, datagrams, is_at_its_end, tcp, udp};
use scene::Running;
use socketserver::Model;

/// Sends all, shuts down, and reads to the end of file.
fn exchange(addr: SocketAddr, text: &str) -> String {
    let mut stream = connect(addr);
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// False if the server says something else, or nothing.
fn answers(mut stream: &TcpStream, message: &[u8]) -> bool {
    let mut answer = vec![0; message.len()];
    stream.write_all(message).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer == message.to_ascii_uppercase()
}

fn python(example: &str, args: &[&str]) -> Option<Running> {
    scene::python::start(env!("CARGO_MANIFEST_DIR"), example, args)
}

#[test]
fn each_client_gets_its_number() {
    let (_server, addr) = tcp(number::numbering(), THREADS);
    for number in 1..=3 {
        let mut answer = String::new();
        connect(addr).read_to_string(&mut answer).unwrap();
        assert_eq!(answer, format!("you are client {number}\n"));
    }
}

#[test]
fn one_handler_counts_bytes_over_tcp_and_udp() {
    let (_server, addr) = tcp(ex_11_2::count, THREADS);
    assert_eq!(exchange(addr, "hello"), "5\n");
    assert_eq!(exchange(addr, ""), "0\n");
    let (_server, addr) = udp(ex_11_2::count, Model::One);
    let socket = datagrams(addr);
    socket.send(b"hello").unwrap();
    let mut answer = [0; 10];
    let size = scene::uninterrupted(|| socket.recv(&mut answer)).unwrap();
    assert_eq!(&answer[..size], b"5\n");
}

#[test]
fn an_id_that_comes_again_adds_nothing() {
    let (_server, addr) = tcp(ex_11_3::Once::default(), THREADS);
    assert_eq!(exchange(addr, "a\nb\na\n"), "1\n2\n1\n");
    assert_eq!(exchange(addr, "b\nc\n"), "2\n3\n");
    // Neither a cut id nor one that is too long is done.
    assert_eq!(exchange(addr, "cut"), "");
    assert_eq!(exchange(addr, &("x".repeat(63) + "\n")), "4\n");
    assert!(is_at_its_end({
        let mut stream = connect(addr);
        stream.write_all(&[b'x'; 64]).unwrap();
        stream
    }));
    assert_eq!(exchange(addr, "d\n"), "5\n");
}

#[test]
fn only_the_newest_ids_are_known() {
    let (_server, addr) = tcp(ex_11_3::Once::default(), THREADS);
    let ids: String = (0..1001).map(|number| format!("{number}\n")).collect();
    assert!(exchange(addr, &ids).ends_with("\n1001\n"));
    assert_eq!(exchange(addr, "1\n0\n"), "2\n1002\n");
}

#[test]
fn chance_spreads_a_hundred_clients() {
    let Some(mut program) = python("ex_11_4.py", &[]) else { return };
    let mut printed = String::new();
    program.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    let most: Vec<u32> = printed
        .lines()
        .filter_map(|line| line.split_once(": ")?.1.split_once(' ')?.0.parse().ok())
        .collect();
    assert_eq!(most[0], 100, "{printed}");
    assert!(most[1] < 40, "{printed}");
}

#[test]
#[cfg(unix)]
fn a_framework_in_python_serves_many_refuses_and_ends() {
    let Some(mut server) = python("ex_11_5.py", &["0", "2"]) else { return };
    let addr: SocketAddr = server.listening_on().parse().unwrap();
    let mut failing = connect(addr);
    failing.write_all(b"fail\n").unwrap();
    assert!(is_at_its_end(failing));
    // A place is free a moment after its end of file.
    let mut streams = Vec::new();
    scene::wait_until("there is room for two", || {
        streams = vec![connect(addr), connect(addr)];
        streams.iter().all(|stream| answers(stream, b"hello"))
    });
    let mut late = connect(addr);
    let mut said = String::new();
    late.read_to_string(&mut said).unwrap();
    assert_eq!(said, "the server is full (limit 2), try later\n");
    drop(streams);
    scene::wait_until("there is room", || exchange(addr, "again") == "AGAIN");
    server.signal("TERM");
    assert!(server.0.wait().unwrap().success());
}
