//! What must hold of lesson 8's server, whatever comes: the next datagram is
//! answered.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use scene::uninterrupted;
use udp::{BUFFER_SIZE, Client};

const LIMIT: Duration = Duration::from_secs(10);

/// A socket whose receive fails when nothing comes for too long.
fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

/// A server on this socket, in a thread that ends with the test's process.
fn serve(socket: UdpSocket, read_size: usize) -> SocketAddr {
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || udp::serve(&socket, read_size));
    addr
}

fn server() -> SocketAddr {
    serve(UdpSocket::bind("127.0.0.1:0").unwrap(), BUFFER_SIZE)
}

#[track_caller]
fn assert_answers(addr: SocketAddr, message: &[u8]) {
    let client = Client::new(addr, false, LIMIT, 0).unwrap();
    assert!(client.ask(message).unwrap().unwrap() == message.to_ascii_uppercase());
}

#[test]
fn every_byte_comes_back_and_a_to_z_in_upper_case() {
    let every_byte: Vec<u8> = (0..=255).collect();
    assert_answers(server(), &every_byte);
}

#[test]
fn an_empty_datagram_gets_an_empty_answer() {
    let addr = server();
    let client = socket();
    client.send_to(b"", addr).unwrap();
    let answer = uninterrupted(|| client.recv_from(&mut [0; 10])).unwrap();
    assert_eq!(answer, (0, addr));
}

#[test]
#[cfg(not(target_os = "macos"))] // sends at most 9216 bytes
fn the_largest_datagram_comes_back_whole() {
    let addr = server();
    for size in [udp::MAX_DATAGRAM - 1, udp::MAX_DATAGRAM] {
        assert_answers(addr, &vec![b'x'; size]);
    }
}

#[test]
fn answers_over_ipv6() {
    match UdpSocket::bind("[::1]:0") {
        Ok(socket) => assert_answers(serve(socket, BUFFER_SIZE), b"hello"),
        Err(error) => eprintln!("skipped: no IPv6 here: {error}"),
    }
}

#[test]
fn a_datagram_that_bears_the_servers_own_address_gets_no_answer() {
    for any in ["127.0.0.1:0", "0.0.0.0:0"] {
        let own = UdpSocket::bind(any).unwrap();
        own.set_read_timeout(Some(LIMIT)).unwrap();
        let port = own.local_addr().unwrap().port();
        own.send_to(b"hello", ("127.0.0.1", port)).unwrap();
        let error = udp::answer_one(&own, &mut [0; 100]).unwrap_err();
        let text = format!("127.0.0.1:{port} is this server itself: not answered");
        assert_eq!(error.to_string(), text);
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        serve(own, BUFFER_SIZE);
        assert_answers(addr, b"next");
    }
}

#[test]
fn who_has_the_same_port_at_another_address_is_answered() {
    let own = socket();
    let port = own.local_addr().unwrap().port();
    let Ok(peer) = UdpSocket::bind(("127.0.0.2", port)) else {
        eprintln!("skipped: 127.0.0.2 is no address of this machine");
        return;
    };
    peer.set_read_timeout(Some(LIMIT)).unwrap();
    peer.send_to(b"hello", serve(own, BUFFER_SIZE)).unwrap();
    let mut buffer = [0; 10];
    let size = uninterrupted(|| peer.recv(&mut buffer)).unwrap();
    assert_eq!(&buffer[..size], b"HELLO");
}

#[test]
fn survives_senders_that_have_gone() {
    let addr = server();
    for _ in 0..100 {
        socket().send_to(b"hello", addr).unwrap();
    }
    assert_answers(addr, b"next");
}

#[test]
#[cfg(target_os = "linux")]
fn survives_an_icmp_error() {
    // Linux tells a connected socket what Windows tells every socket.
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = socket();
    let [addr, client_addr] = [&server, &client].map(|s| s.local_addr().unwrap());
    server.connect(client_addr).unwrap();
    client.send_to(b"hello", addr).unwrap();
    client.connect(client_addr).unwrap(); // to itself: for others as good as gone
    udp::answer_one(&server, &mut [0; 100]).unwrap();
    let error = udp::answer_one(&server, &mut [0; 100]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);

    server.send(b"to nobody again").unwrap();
    serve(server, BUFFER_SIZE);
    client.connect(addr).unwrap();
    client.send(b"hello").unwrap();
    assert_eq!(uninterrupted(|| client.recv(&mut [0; 10])).unwrap(), 5);
}

#[test]
fn survives_a_flood() {
    let addr = server();
    let flood = socket();
    for _ in 0..20_000 {
        let _ = flood.send_to(&[b'x'; 1000], addr);
    }
    // What did not fit into the server's receive buffer is gone: so try again.
    let client = Client::new(addr, false, Duration::from_secs(1), 20).unwrap();
    assert_eq!(client.ask(b"next").unwrap().unwrap(), b"NEXT");
}

#[test]
fn answers_fifty_clients_that_come_at_once_each_with_its_own() {
    let addr = server();
    thread::scope(|scope| {
        for number in 0..50 {
            scope.spawn(move || {
                for turn in 0..20 {
                    assert_answers(addr, format!("{number}, {turn}").as_bytes());
                }
            });
        }
    });
}

#[test]
#[cfg(unix)] // Windows reports WSAEMSGSIZE, and nothing is answered
fn a_small_buffer_cuts_a_datagram_and_the_rest_is_gone() {
    let addr = serve(UdpSocket::bind("127.0.0.1:0").unwrap(), 1);
    let client = socket();
    for (message, answer) in [("hello", b"H"), ("x", b"X")] {
        client.send_to(message.as_bytes(), addr).unwrap();
        let mut buffer = [0; 10];
        assert_eq!(uninterrupted(|| client.recv(&mut buffer)).unwrap(), 1);
        assert_eq!(&buffer[..1], answer);
    }
}

#[test]
fn by_hand_it_takes_one_datagram_for_each_order() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = socket();
    let addr = server.local_addr().unwrap();
    for message in ["one", "two", "three"] {
        client.send_to(message.as_bytes(), addr).unwrap();
    }
    let (order, orders) = mpsc::channel::<&str>();
    let orders = orders.into_iter().map(|order| io::Result::Ok(order.into()));
    thread::spawn(move || udp::serve_by_hand(&server, BUFFER_SIZE, orders));
    let mut buffer = [0; 100];
    for (orders, answer) in [(vec!["drop", ""], b"TWO"), (vec!["no", ""], b"THR")] {
        for text in orders {
            order.send(text).unwrap();
        }
        uninterrupted(|| client.recv(&mut buffer)).unwrap();
        assert_eq!(&buffer[..3], answer);
    }
}
