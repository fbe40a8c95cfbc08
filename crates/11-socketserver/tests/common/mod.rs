//! What the tests of this lesson share: servers, and clients with time limits.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use scene::stage::Port;
use socketserver::{Datagram, Handler, Model, ServerHandle, UpperCase, start};

pub const LIMIT: Duration = Duration::from_secs(10);

pub const THREADS: Model = Model::Threads(1024);

/// A port that no system gives to anybody by itself, for a server that comes back.
pub fn port_to_keep() -> (Port, SocketAddr) {
    let port = Port::reserve().unwrap();
    let addr = SocketAddr::from(([127, 0, 0, 1], port.number));
    (port, addr)
}

/// A server at an address that one has left just now. A program that a test starts
/// meanwhile may have inherited its socket, until it runs.
pub fn tcp_again(addr: SocketAddr) -> ServerHandle {
    let mut listener = None;
    scene::wait_until("the port is free", || {
        listener = TcpListener::bind(addr).ok();
        listener.is_some()
    });
    start(listener.unwrap(), UpperCase, THREADS).unwrap()
}

pub fn tcp(
    handler: impl Handler<TcpStream>,
    model: Model,
) -> (ServerHandle, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    (start(listener, handler, model).unwrap(), addr)
}

pub fn udp(
    handler: impl Handler<Datagram>,
    model: Model,
) -> (ServerHandle, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    (start(socket, handler, model).unwrap(), addr)
}

pub fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Sends and takes its answer.
#[track_caller]
pub fn assert_answers(mut stream: impl Read + Write, message: &[u8]) {
    stream.write_all(message).unwrap();
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer == message.to_ascii_uppercase());
}

#[track_caller]
pub fn assert_serves_the_next(addr: SocketAddr) {
    assert_answers(connect(addr), b"are you there?");
}

/// True if the server answers a new client. It may have no descriptor for one yet.
pub fn serves(addr: SocketAddr) -> bool {
    let mut answer = [0; 5];
    let mut stream = connect(addr);
    let asked =
        stream.write_all(b"ready").and_then(|()| stream.read_exact(&mut answer));
    asked.is_ok() && answer == *b"READY"
}

/// A UDP socket that talks with one server.
pub fn datagrams(addr: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(addr).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

#[track_caller]
pub fn assert_answers_datagram(socket: &UdpSocket, message: &[u8]) {
    socket.send(message).unwrap();
    let mut answer = vec![0; 65_536];
    let size = scene::uninterrupted(|| socket.recv(&mut answer)).unwrap();
    assert!(answer[..size] == message.to_ascii_uppercase());
}

/// True if the server has closed: its end of file.
#[track_caller]
pub fn is_at_its_end(mut stream: impl Read) -> bool {
    scene::uninterrupted(|| stream.read(&mut [0])).unwrap() == 0
}

/// True if nobody listens there.
pub fn is_refused(addr: SocketAddr) -> bool {
    let error = TcpStream::connect(addr).err();
    error.is_some_and(|e| e.kind() == std::io::ErrorKind::ConnectionRefused)
}
