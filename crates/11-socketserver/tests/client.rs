//! What must hold of the client, whatever its server does.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::{
    LIMIT, THREADS, assert_answers, connect, port_to_keep, tcp, tcp_again,
};
use socketserver::{Client, Failure, Model, Retry, UpperCase};

const RETRY: Retry = Retry { tries: 3, pause: Duration::from_millis(1) };

/// A server that does with each connection what is next on the list.
fn rude_server(acts: Vec<fn(TcpStream)>) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        for act in acts {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LIMIT)).unwrap();
            act(stream);
        }
    });
    (addr, served)
}

/// Takes a line of five bytes, and leaves without an answer.
fn take(mut stream: TcpStream) {
    stream.read_exact(&mut [0; 5]).unwrap();
}

/// Answers, and leaves in the middle of it.
fn answer_three(mut stream: TcpStream) {
    stream.read_exact(&mut [0; 5]).unwrap();
    stream.write_all(b"HEL").unwrap();
}

fn answer(mut stream: TcpStream) {
    let mut line = [0; 5];
    stream.read_exact(&mut line).unwrap();
    stream.write_all(&line.to_ascii_uppercase()).unwrap();
}

fn leave_unread(stream: TcpStream) {
    scene::uninterrupted(|| stream.peek(&mut [0])).unwrap();
}

fn client(addr: SocketAddr) -> Client {
    Client::connect(addr, RETRY).unwrap()
}

#[track_caller]
fn unknown<T: std::fmt::Debug>(result: Result<T, Failure>) -> std::io::Error {
    match result {
        Err(Failure::Unknown(error)) => error,
        other => panic!("expected that it is unknown, got {other:?}"),
    }
}

#[test]
fn a_line_of_any_size_is_answered() {
    let (_server, addr) = tcp(UpperCase, THREADS);
    let mut client = client(addr);
    for size in [1, 65_535, 65_536, 65_537, 3 << 20] {
        assert!(client.ask(&vec![b'x'; size]).unwrap() == vec![b'X'; size]);
    }
    assert_eq!(
        client.ask("你好\0\u{e9}".as_bytes()).unwrap(),
        "你好\0\u{e9}".as_bytes()
    );
}

#[test]
fn what_is_said_instead_of_an_answer_may_have_no_end() {
    let (stop, stopped) = mpsc::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"sorry").unwrap();
            let _ = stopped.recv();
        });
        match client(addr).ask(b"hello") {
            Err(Failure::NotDone(error)) => {
                let text = error.to_string();
                assert!(text.ends_with("the server said: sorry"), "{text}");
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
        drop(stop);
    });
}

#[test]
fn where_nobody_listens_it_ends_after_so_many_tries() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let error = Client::connect(addr, RETRY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let text = format!("cannot connect to {addr}, try 3 of 3: ");
    assert!(error.to_string().starts_with(&text), "{error}");
}

#[test]
fn a_server_that_comes_late_is_found() {
    let (_port, addr) = port_to_keep();
    let retry = Retry { tries: u32::MAX, pause: Duration::from_millis(1) };
    let coming = thread::spawn(move || Client::connect(addr, retry).unwrap());
    let _server = tcp_again(addr);
    assert_eq!(coming.join().unwrap().ask(b"hello").unwrap(), b"HELLO");
}

#[test]
fn when_the_server_has_restarted_the_next_line_finds_the_new_one() {
    let (_port, addr) = port_to_keep();
    let mut server = tcp_again(addr);
    let mut client = client(addr);
    for _ in 0..20 {
        assert_eq!(client.ask(b"hello").unwrap(), b"HELLO");
        drop(server);
        server = tcp_again(addr);
    }
}

#[test]
fn a_line_that_was_sent_is_not_sent_again() {
    for act in [take, answer_three, leave_unread] {
        let (addr, served) = rude_server(vec![act, answer]);
        let mut client = client(addr);
        unknown(client.ask(b"hello"));
        // The next line is another matter.
        assert_eq!(client.ask(b"other").unwrap(), b"OTHER");
        served.join().unwrap();
    }
}

#[test]
fn it_says_what_happened_to_the_answer() {
    let (addr, _served) = rude_server(vec![answer_three]);
    let error = unknown(client(addr).ask(b"hello"));
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(error.to_string().contains("before its answer was complete"));
}

#[test]
fn told_to_it_sends_again_as_often_as_it_may() {
    let (addr, served) = rude_server(vec![take, answer_three, answer]);
    assert_eq!(client(addr).ask_until_answered(b"hello").unwrap(), b"HELLO");
    served.join().unwrap();

    let (addr, served) = rude_server(vec![take, take, take]);
    unknown(client(addr).ask_until_answered(b"hello"));
    served.join().unwrap();
}

#[test]
fn a_server_that_is_full_is_quoted() {
    let (_server, addr) = tcp(UpperCase, Model::Threads(1));
    let here = connect(addr);
    assert_answers(&here, b"hello");
    for line in [&b"x"[..], b"hello", &[b'x'; 1000]] {
        let Err(Failure::NotDone(error)) = client(addr).ask(line) else {
            panic!("expected a refusal");
        };
        let text = "the server said: the server is full (limit 1), try later";
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn words_without_an_end_are_cut_and_do_not_steer_the_terminal() {
    fn shout(mut stream: TcpStream) {
        stream.write_all(b"ok").unwrap();
        stream.write_all(&[b'\x1b'; 1000]).unwrap();
        let _ = stream.read_to_end(&mut Vec::new()); // until the client has gone
    }
    let (addr, _served) = rude_server(vec![shout]);
    let Err(Failure::NotDone(error)) = client(addr).ask(b"hello") else {
        panic!("expected words");
    };
    assert!(!error.to_string().contains('\x1b'));
    assert!(error.to_string().len() < 2000);
}
