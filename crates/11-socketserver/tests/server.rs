//! What must hold of every server, whatever its clients and its handler do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use common::{
    THREADS, assert_answers, assert_answers_datagram, assert_serves_the_next,
    connect, datagrams, is_at_its_end, tcp, udp,
};
use socketserver::{Datagram, Model, UpperCase};

#[test]
fn every_byte_comes_back_in_upper_case_in_order() {
    for model in [Model::One, THREADS] {
        let (_server, addr) = tcp(UpperCase, model);
        let every_byte: Vec<u8> = (0..=255).collect();
        let mut stream = connect(addr);
        stream.write_all(&every_byte).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        assert_eq!(received, every_byte.to_ascii_uppercase());
    }
}

#[test]
fn a_mebibyte_comes_back_whole_and_byte_by_byte_is_the_same() {
    let (_server, addr) = tcp(UpperCase, THREADS);
    let sent: Vec<u8> = (0..1 << 20).map(|number| (number % 251) as u8).collect();
    let mut stream = connect(addr);
    let mut writer = stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            writer.set_nodelay(true).unwrap();
            for byte in &sent[..300] {
                writer.write_all(&[*byte]).unwrap();
            }
            writer.write_all(&sent[300..]).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        assert!(received == sent.to_ascii_uppercase());
    });
}

#[test]
fn a_datagram_of_any_size_is_answered_with_one() {
    for model in [Model::One, THREADS] {
        let (_server, addr) = udp(UpperCase, model);
        let socket = datagrams(addr);
        for size in [0, 1, 1024, 1025, 65_507] {
            assert_answers_datagram(&socket, &vec![b'x'; size]);
        }
    }
}

#[test]
fn one_serves_one_after_the_other_and_threads_serve_all_at_once() {
    let (_server, addr) = tcp(UpperCase, THREADS);
    let silent: Vec<_> = (0..200).map(|_| connect(addr)).collect();
    assert_serves_the_next(addr);
    drop(silent);

    let (_server, addr) = tcp(UpperCase, Model::One);
    let first = connect(addr);
    assert_answers(&first, b"first");
    let mut second = connect(addr);
    second.write_all(b"second").unwrap();
    assert_answers(&first, b"still first");
    // Not before the first has gone.
    first.shutdown(Shutdown::Write).unwrap();
    assert!(is_at_its_end(first));
    second.read_exact(&mut [0; 6]).unwrap();
}

#[test]
fn survives_clients_that_close_or_reset() {
    for model in [Model::One, THREADS] {
        let (_server, addr) = tcp(UpperCase, model);
        for _ in 0..50 {
            drop(connect(addr));
            comm_loop::send_and_reset(connect(addr), b"hello").unwrap();
        }
        assert_serves_the_next(addr);
    }
}

#[test]
fn survives_a_client_that_floods_and_never_reads() {
    let (_server, addr) = tcp(UpperCase, THREADS);
    let flood = connect(addr);
    flood.set_nonblocking(true).unwrap();
    // Until the buffers of both sides are full.
    while (&flood).write_all(&[b'x'; 65536]).is_ok() {}
    assert_serves_the_next(addr);
}

#[test]
fn two_hundred_at_once_are_all_served() {
    for model in [Model::One, THREADS] {
        let (_server, addr) = tcp(UpperCase, model);
        thread::scope(|scope| {
            for _ in 0..200 {
                scope.spawn(|| assert_serves_the_next(addr));
            }
        });
    }
}

/// Panics, fails or answers, as it is told.
fn moody(stream: &mut TcpStream, _peer: &str) -> io::Result<()> {
    let mut order = [0; 5];
    stream.read_exact(&mut order)?;
    match &order {
        b"panic" => panic!("as it was told"),
        b"error" => Err(io::Error::other("as it was told")),
        _ => stream.write_all(b"fine"),
    }
}

#[test]
fn a_handler_that_panics_or_fails_loses_its_client_and_nobody_elses() {
    for model in [Model::One, THREADS] {
        let (_server, addr) = tcp(moody, model);
        for (order, answer) in
            [("panic", ""), ("error", ""), ("hello", "fine"), ("panic", "")]
        {
            let mut stream = connect(addr);
            stream.write_all(order.as_bytes()).unwrap();
            let mut received = String::new();
            stream.read_to_string(&mut received).unwrap();
            assert_eq!(received, answer);
        }
    }
}

#[test]
fn a_datagram_whose_handler_panics_or_fails_gets_no_answer() {
    let handler = |datagram: &mut Datagram, _peer: &str| {
        let mut order = String::new();
        datagram.read_to_string(&mut order)?;
        datagram.write_all(b"not this")?;
        assert_ne!(order, "panic");
        if order == "error" { Err(io::Error::other("told")) } else { Ok(()) }
    };
    let (_server, addr) = udp(handler, Model::One);
    let socket = datagrams(addr);
    for order in ["panic", "error", "answer"] {
        socket.send(order.as_bytes()).unwrap();
    }
    let mut answer = [0; 100];
    let received = scene::uninterrupted(|| socket.recv(&mut answer));
    assert_eq!(received.unwrap(), b"not this".len());
    socket.set_nonblocking(true).unwrap();
    assert!(socket.recv(&mut answer).is_err(), "more than one answer");
}

#[test]
fn a_closure_is_a_handler_and_one_handler_serves_all() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let handler = move |stream: &mut TcpStream, peer: &str| {
        counted.fetch_add(1, Ordering::SeqCst);
        assert_eq!(peer, stream.peer_addr()?.to_string());
        stream.write_all(peer.as_bytes())
    };
    let (server, addr) = tcp(handler, THREADS);
    for _ in 0..10 {
        let mut stream = connect(addr);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, stream.local_addr().unwrap().to_string());
    }
    drop(server);
    assert_eq!(count.load(Ordering::SeqCst), 10);
    assert_eq!(Arc::strong_count(&count), 1, "the handler is gone, too");
}

#[track_caller]
fn assert_refused(addr: SocketAddr, limit: usize, say: &[u8]) {
    let mut stream = connect(addr);
    // It may be refused before it has said that.
    let _ = stream.write_all(say);
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said, format!("the server is full (limit {limit}), try later\n"));
}

#[test]
fn who_comes_when_it_is_full_gets_one_line_and_the_end_of_file() {
    let (_server, addr) = tcp(UpperCase, Model::Threads(3));
    let mut here: Vec<_> = (0..3).map(|_| connect(addr)).collect();
    here.iter().for_each(|stream| assert_answers(stream, b"hello"));
    for _ in 0..50 {
        assert_refused(addr, 3, b"");
        assert_refused(addr, 3, b"hello");
    }
    here.iter().for_each(|stream| assert_answers(stream, b"hello"));

    let left = here.pop().unwrap();
    left.shutdown(Shutdown::Write).unwrap();
    assert!(is_at_its_end(left));
    // Its place is free a moment after its end of file.
    scene::wait_until("there is room", || {
        let mut stream = connect(addr);
        let mut answer = [0; 5];
        stream.write_all(b"hello").unwrap();
        stream.read_exact(&mut answer).is_ok() && answer == *b"HELLO"
    });
}

#[test]
fn two_hundred_that_are_refused_hold_nobody_up() {
    let (_server, addr) = tcp(UpperCase, Model::Threads(1));
    let here = connect(addr);
    assert_answers(&here, b"hello");
    let refused: Vec<_> = (0..200).map(|_| connect(addr)).collect();
    assert_answers(&here, b"hello again");
    assert_refused(addr, 1, b"");
    drop(refused);
}

#[test]
fn a_datagram_that_bears_the_servers_own_address_is_not_answered() {
    use std::net::UdpSocket;
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    let own = socket.try_clone().unwrap();
    let (seen, lines) = mpsc::channel();
    let handler = move |_: &mut Datagram, peer: &str| {
        seen.send(peer.to_string()).map_err(io::Error::other)
    };
    let _server = socketserver::start(socket, handler, Model::One).unwrap();
    own.send_to(b"from myself", addr).unwrap();
    datagrams(addr).send(b"from somebody").unwrap();
    assert_eq!(lines.recv().unwrap(), addr.to_string());
    // The next is somebody's: it has not answered itself in between.
    assert_ne!(lines.recv().unwrap(), addr.to_string());
}
