//! What must hold of lesson 2's server, whatever its clients do: after each of them the
//! next one is served.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// A server on a free port, in a thread that ends with the test's process.
fn server(idle_timeout: Option<Duration>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || comm_loop::serve(&listener, idle_timeout));
    addr
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

#[track_caller]
fn assert_serves_the_next(addr: SocketAddr) {
    let answer = comm_loop::ask(&mut connect(addr), b"are you there?").unwrap();
    assert_eq!(answer, b"ARE YOU THERE?");
}

/// Sends and reads at the same time, as who has much to send must.
fn exchange(addr: SocketAddr, send: impl FnOnce(TcpStream) + Send) -> Vec<u8> {
    let mut stream = connect(addr);
    let writer = stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            writer.set_nodelay(true).unwrap();
            let end = writer.try_clone().unwrap();
            send(writer);
            end.shutdown(Shutdown::Write).unwrap();
        });
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        received
    })
}

#[test]
fn every_byte_comes_back_in_upper_case_in_order() {
    let addr = server(None);
    let every_byte: Vec<u8> = (0..=255).collect();
    let received =
        exchange(addr, |mut stream| stream.write_all(&every_byte).unwrap());
    assert_eq!(received, every_byte.to_ascii_uppercase());
    assert_serves_the_next(addr);
}

#[test]
fn a_mebibyte_at_once_comes_back_whole() {
    let addr = server(None);
    let sent: Vec<u8> = (0..1 << 20).map(|number| (number % 251) as u8).collect();
    let received = exchange(addr, |mut stream| stream.write_all(&sent).unwrap());
    assert!(received == sent.to_ascii_uppercase());
    assert_serves_the_next(addr);
}

#[test]
fn one_byte_at_a_time_comes_back_the_same() {
    let addr = server(None);
    let text = "one byte at a time: 一次一个字节";
    let received = exchange(addr, |mut stream| {
        for byte in text.bytes() {
            stream.write_all(&[byte]).unwrap();
        }
    });
    assert_eq!(received, text.to_ascii_uppercase().as_bytes());
}

#[test]
fn a_character_cut_by_the_buffer_comes_back_whole() {
    let addr = server(None);
    for before in comm_loop::BUFFER_SIZE - 3..=comm_loop::BUFFER_SIZE {
        let text = "x".repeat(before) + "你好";
        let received =
            exchange(addr, |mut stream| stream.write_all(text.as_bytes()).unwrap());
        assert_eq!(String::from_utf8(received).unwrap(), text.to_ascii_uppercase());
    }
}

#[test]
fn survives_a_client_that_closes_at_once() {
    let addr = server(None);
    drop(connect(addr));
    assert_serves_the_next(addr);
}

#[test]
fn survives_a_client_that_resets() {
    let addr = server(None);
    comm_loop::send_and_reset(connect(addr), b"hello").unwrap();
    assert_serves_the_next(addr);
}

#[test]
fn survives_a_client_that_sends_nothing_if_it_has_an_idle_timeout() {
    let addr = server(Some(Duration::from_millis(500)));
    let silent = connect(addr);
    assert_serves_the_next(addr);
    drop(silent);
}

#[test]
fn survives_a_client_that_floods_and_never_reads_if_it_has_an_idle_timeout() {
    let addr = server(Some(Duration::from_millis(500)));
    let mut flood = connect(addr);
    // It writes until the buffers of both sides are full and the server lets go.
    while flood.write_all(&[b'x'; 65536]).is_ok() {}
    assert_serves_the_next(addr);
}

#[test]
fn serves_fifty_clients_that_come_at_once_one_after_the_other() {
    let addr = server(None);
    thread::scope(|scope| {
        for number in 0..50 {
            scope.spawn(move || {
                let message = format!("client {number}");
                let answer =
                    comm_loop::ask(&mut connect(addr), message.as_bytes()).unwrap();
                assert_eq!(answer, message.to_ascii_uppercase().as_bytes());
            });
        }
    });
}

#[test]
fn the_client_sends_a_line_of_any_length_without_a_deadlock() {
    let addr = server(None);
    for size in [1, 65_535, 65_536, 65_537, 3 << 20] {
        let answer = comm_loop::ask(&mut connect(addr), &vec![b'x'; size]).unwrap();
        assert!(answer == vec![b'X'; size]);
    }
}

#[test]
fn half_closed_a_client_gets_all_its_answers() {
    let addr = server(None);
    let lines = ["one", "two", "three"].map(|line| io::Result::Ok(line.into()));
    let answers = comm_loop::send_all_then_read(connect(addr), lines.into_iter());
    assert_eq!(answers.unwrap(), b"ONETWOTHREE");
}

#[test]
fn who_does_not_read_while_writing_may_send_64_kib_and_no_more() {
    let addr = server(None);
    let lines = |count| (0..count).map(|_| io::Result::Ok(vec![b'x'; 1024]));
    let answers = comm_loop::send_all_then_read(connect(addr), lines(64)).unwrap();
    assert_eq!(answers.len(), 65_536);
    let error = comm_loop::send_all_then_read(connect(addr), lines(65)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_serves_the_next(addr);
}

/// A server that takes one byte and then does as it likes.
fn rude_server(act: impl FnOnce(TcpStream) + Send + 'static) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = connect(listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0]).unwrap();
        act(stream);
    });
    stream
}

#[test]
fn the_client_says_so_when_the_answer_is_cut() {
    let mut stream = rude_server(|mut stream| {
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.write_all(b"HEL").unwrap();
    });
    let error = comm_loop::ask(&mut stream, b"hello").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(error.to_string().contains("before its answer was complete"));
}

#[test]
#[cfg(unix)]
fn the_client_says_so_when_the_server_resets() {
    let mut stream = rude_server(drop); // four bytes are left unread
    let error = comm_loop::ask(&mut stream, b"hello").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(error.to_string().starts_with("cannot read: "));
}
