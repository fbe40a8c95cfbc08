//! Somebody stands between client and server, reads all and changes what they like:
//! what the handshake keeps from them, and what it does not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hmac_auth::{Answer, SIZE, Sending, Server, authenticate};
use scene::uninterrupted;

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &[u8] = b"only this test knows";

fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = Server { key: KEY.to_vec(), auth_timeout: LIMIT };
    thread::spawn(move || hmac_auth::serve(&listener, server));
    addr
}

/// What went through a relay: from the client, and from the server.
type Seen = (Vec<u8>, Vec<u8>);

/// A relay for one connection that flips the lowest bit of one byte that the client
/// sends (the first is 0).
fn relay(server: SocketAddr, flip: Option<usize>) -> (SocketAddr, JoinHandle<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let relay = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(server).unwrap();
        let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let back = thread::spawn(move || copy(back.0, back.1, None));
        (copy(client, server, flip), back.join().unwrap())
    });
    (addr, relay)
}

fn copy(mut from: TcpStream, mut to: TcpStream, flip: Option<usize>) -> Vec<u8> {
    from.set_read_timeout(Some(LIMIT)).unwrap();
    let mut seen = Vec::new();
    let mut byte = [0];
    while uninterrupted(|| from.read(&mut byte)).is_ok_and(|size| size > 0) {
        if flip == Some(seen.len()) {
            byte[0] ^= 1;
        }
        seen.extend(byte);
        if to.write_all(&byte).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    seen
}

/// Says `pay 10` through the relay and returns what comes back.
fn say(addr: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(addr).unwrap();
    let key = Answer::Key(KEY.to_vec());
    authenticate(&mut stream, &key, Sending::AtOnce, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    comm_loop::ask(&mut stream, b"pay 10")
}

#[test]
fn a_byte_that_is_changed_after_the_handshake_arrives_and_nobody_notices() {
    let (addr, relay) = relay(server(), Some(SIZE + 4));
    // '1' is 0x31, '0' is 0x30.
    assert_eq!(say(addr).unwrap(), b"PAY 00");
    relay.join().unwrap();
}

#[test]
fn a_byte_that_is_changed_in_the_answer_is_noticed() {
    for at in [0, SIZE - 1] {
        let (addr, relay) = relay(server(), Some(at));
        assert!(say(addr).is_err());
        relay.join().unwrap();
    }
}

#[test]
fn the_key_is_on_no_wire_but_the_conversation_is() {
    let (addr, relay) = relay(server(), None);
    assert_eq!(say(addr).unwrap(), b"PAY 10");
    let (from_client, from_server) = relay.join().unwrap();
    assert_eq!(&from_client[SIZE..], b"pay 10");
    assert_eq!(&from_server[SIZE..], b"PAY 10");
    for seen in [&from_client, &from_server] {
        let found = KEY.windows(4).any(|piece| {
            seen.windows(4).any(|bytes| bytes.eq_ignore_ascii_case(piece))
        });
        assert!(!found);
    }
}
