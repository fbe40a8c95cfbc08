//! What must hold of lesson 8's client: which datagram is the answer, and how long
//! it waits for that.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use udp::{Client, MAX_DATAGRAM};

const LIMIT: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(50);

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

/// A port that nobody receives at, and that nobody else gets while this stands: the
/// socket is connected to itself, so everybody else is refused.
fn nobody() -> (UdpSocket, SocketAddr) {
    let socket = socket();
    let addr = socket.local_addr().unwrap();
    socket.connect(addr).unwrap();
    (socket, addr)
}

/// A server that does as it likes with each datagram, in a thread.
fn server(
    mut act: impl FnMut(&UdpSocket, &[u8], SocketAddr) + Send + 'static,
) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok((size, peer)) = socket.recv_from(&mut buffer) {
            act(&socket, &buffer[..size], peer);
        }
    });
    addr
}

fn client(server: SocketAddr, timeout: Duration, retries: usize) -> Client {
    Client::new(server, false, timeout, retries).unwrap()
}

#[test]
fn a_lost_datagram_is_sent_again() {
    let mut left_to_lose = 3;
    let addr = server(move |socket, message, peer| match left_to_lose {
        0 => drop(socket.send_to(&message.to_ascii_uppercase(), peer)),
        _ => left_to_lose -= 1,
    });
    let answer = client(addr, Duration::from_millis(500), 60).ask(b"hello").unwrap();
    assert_eq!(answer.unwrap(), b"HELLO");
}

#[test]
fn it_is_sent_once_and_as_often_again_as_it_was_told() {
    for retries in [0, 1, 3] {
        let (heard, tries) = mpsc::channel();
        let addr =
            server(move |_, message, _| heard.send(message.to_vec()).unwrap());
        assert_eq!(client(addr, SHORT, retries).ask(b"hello").unwrap(), None);
        for _ in 0..=retries {
            assert_eq!(tries.recv_timeout(LIMIT).unwrap(), b"hello");
        }
        let more = tries.recv_timeout(SHORT);
        assert_eq!(more.unwrap_err(), RecvTimeoutError::Timeout);
    }
}

#[test]
fn only_the_message_in_upper_case_from_the_server_is_its_answer() {
    let stranger = socket();
    let addr = server(move |socket, _, peer| {
        stranger.send_to(b"HELLO", peer).unwrap();
        for text in ["", "hello", "HELL", "HELLO!", "\u{1b}[2J", "HELLO", "HELLO"] {
            socket.send_to(text.as_bytes(), peer).unwrap();
        }
    });
    for _ in 0..2 {
        let answer = client(addr, LIMIT, 0).ask(b"hello").unwrap();
        assert_eq!(answer.unwrap(), b"HELLO");
    }
}

#[test]
fn the_right_words_of_a_stranger_are_no_answer() {
    let stranger = socket();
    let addr = server(move |_, _, peer| {
        stranger.send_to(b"HELLO", peer).unwrap();
    });
    assert_eq!(client(addr, SHORT, 1).ask(b"hello").unwrap(), None);
}

#[test]
fn who_talks_without_end_does_not_make_the_time_longer() {
    let (ended, end) = mpsc::channel::<()>();
    let addr = server(move |socket, _, peer| {
        while end.recv_timeout(SHORT / 5) == Err(RecvTimeoutError::Timeout) {
            let _ = socket.send_to(b"wait, wait", peer);
        }
    });
    let start = Instant::now();
    assert_eq!(client(addr, SHORT, 0).ask(b"hello").unwrap(), None);
    assert!(start.elapsed() < LIMIT);
    drop(ended);
}

#[test]
#[cfg(unix)] // whether Windows refuses for such a port is not known here
fn connected_it_hears_that_nobody_is_there() {
    let (_port, nobody) = nobody();
    let client = Client::new(nobody, true, LIMIT, 0).unwrap();
    let error = client.ask(b"hello").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(error.to_string().starts_with("cannot receive: "), "{error}");
}

#[test]
fn unconnected_it_does_not_hear_that_nobody_is_there() {
    let (_port, nobody) = nobody();
    assert_eq!(client(nobody, SHORT, 1).ask(b"hello").unwrap(), None);
}

#[test]
fn connected_it_gets_its_answers_too() {
    let addr = server(|socket, message, peer| {
        socket.send_to(&message.to_ascii_uppercase(), peer).unwrap();
    });
    let client = Client::new(addr, true, LIMIT, 0).unwrap();
    for message in ["one", "two", ""] {
        let answer = client.ask(message.as_bytes()).unwrap().unwrap();
        assert_eq!(answer, message.to_ascii_uppercase().as_bytes());
    }
}

#[test]
fn a_line_that_is_too_long_is_not_sent_and_all_goes_on() {
    let addr = server(|socket, message, peer| {
        socket.send_to(&message.to_ascii_uppercase(), peer).unwrap();
    });
    let too_long = vec![b'x'; MAX_DATAGRAM + 1];
    let lines = [b"one".to_vec(), too_long, b"two".to_vec()];
    let client = client(addr, LIMIT, 0);
    let unanswered = udp::talk(&client, lines.into_iter().map(io::Result::Ok));
    assert_eq!(unanswered.unwrap(), 1);
}

#[test]
fn the_limit_is_65507_bytes() {
    assert!(udp::check_size(&[0; MAX_DATAGRAM]).is_ok());
    let error = udp::check_size(&[0; MAX_DATAGRAM + 1]).unwrap_err();
    let text = "not sent: 65508 bytes, and a datagram has at most 65507";
    assert_eq!(error.to_string(), text);
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_too_long_the_system_refuses_too() {
    let (_port, addr) = nobody();
    let error = client(addr, SHORT, 0).ask(&[0; MAX_DATAGRAM + 1]).unwrap_err();
    assert_eq!(error.to_string(), "cannot send: Message too long (os error 90)");
}
