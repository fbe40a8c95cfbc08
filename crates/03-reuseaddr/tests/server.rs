//! What must hold of lesson 3's listening socket and of its client.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use socket2::Socket;

const LIMIT: Duration = Duration::from_secs(10);

fn listen(reuse: bool, backlog: i32) -> (SocketAddr, Socket) {
    let any = "127.0.0.1:0".parse().unwrap();
    let listener = reuseaddr::listen(any, reuse, backlog).unwrap();
    (listener.local_addr().unwrap().as_socket().unwrap(), listener)
}

#[test]
fn the_option_is_set_as_asked() {
    for reuse in [true, false] {
        assert_eq!(listen(reuse, 5).1.reuse_address().unwrap(), reuse);
    }
}

#[test]
#[cfg(unix)] // on Windows the option lets a second listener in
fn a_port_with_a_live_listener_is_refused_with_either_setting() {
    let (addr, _first) = listen(true, 5);
    for reuse in [true, false] {
        let error = reuseaddr::listen(addr, reuse, 5).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with("bind: "));
    }
}

#[test]
fn a_listener_can_have_an_ipv6_address() {
    let addr = "[::1]:0".parse().unwrap();
    match reuseaddr::listen(addr, true, 5) {
        Ok(listener) => assert!(listener.local_addr().unwrap().is_ipv6()),
        Err(error) => eprintln!("skipped: no IPv6 here: {error}"),
    }
}

#[test]
fn serves_one_client_after_the_other_in_upper_case() {
    let (addr, listener) = listen(true, 5);
    thread::spawn(move || reuseaddr::serve(&listener));
    for text in ["hello", "你好", ""] {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, text.to_ascii_uppercase());
    }
}

#[test]
fn survives_a_client_that_resets() {
    let (addr, listener) = listen(true, 5);
    thread::spawn(move || reuseaddr::serve(&listener));
    let mut rude = TcpStream::connect(addr).unwrap();
    rude.set_read_timeout(Some(LIMIT)).unwrap();
    rude.write_all(b"hello").unwrap();
    scene::uninterrupted(|| rude.peek(&mut [0])).unwrap();
    drop(rude); // with the answer unread: a reset
    let mut next = TcpStream::connect(addr).unwrap();
    next.set_read_timeout(Some(LIMIT)).unwrap();
    next.write_all(b"hello").unwrap();
    let mut answer = [0; 5];
    next.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HELLO");
}

#[test]
#[cfg(target_os = "linux")]
fn the_queue_holds_one_connection_more_than_the_backlog() {
    for backlog in [0, 1, 5] {
        let (addr, _listener) = listen(true, backlog);
        let asked = backlog as usize + 2;
        let (streams, error) =
            reuseaddr::connect(addr, asked, Duration::from_millis(300));
        assert_eq!(streams.len(), asked - 1);
        assert_eq!(error.unwrap().kind(), std::io::ErrorKind::TimedOut);
    }
}
