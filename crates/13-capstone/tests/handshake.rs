//! What must hold of the handshake, with an attacker between the two sides.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use capstone::handshake::{accept, connect, refuse};
use capstone::{Keys, Kind, Receiver, Sender};
use custom_header::{Object, parse_object, read_frame, write_frame};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &[u8] = b"only this test knows";
const KEYS: &str = "ann only this test knows\nbob another key of bob's\n";

fn keys() -> Keys {
    Keys::parse(KEYS).unwrap()
}

type Accepted = io::Result<(String, Sender, Receiver)>;

/// A connection whose other end a thread accepts, with these keys and time.
fn served(keys: Keys, timeout: Duration) -> (TcpStream, JoinHandle<Accepted>) {
    let (client, server) = pair();
    (client, thread::spawn(move || accept(&server, &keys, timeout)))
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Both ends of a handshake, and what an attacker between them has made of it.
fn through(change: impl FnMut(usize, &mut Vec<u8>)) -> (Accepted, Connected) {
    let (to_server, server) = served(keys(), LIMIT);
    let (client, to_client) = pair();
    let client = thread::spawn(move || connect(&client, "ann", KEY, LIMIT));
    relay(&to_client, &to_server, change);
    (server.join().unwrap(), client.join().unwrap())
}

type Connected = io::Result<(Sender, Receiver)>;

/// Passes on the three messages and the welcome, until a side closes. Behind a
/// message that was changed comes nothing more from that side.
fn relay(
    client: &TcpStream,
    server: &TcpStream,
    mut change: impl FnMut(usize, &mut Vec<u8>),
) {
    for at in 0..4 {
        let (from, to) = [(client, server), (server, client)][at % 2];
        let Ok(Some(payload)) = read_frame(&mut &*from, 1024) else { break };
        let mut frame = Vec::new();
        write_frame(&mut frame, &payload).unwrap();
        let before = frame.clone();
        change(at, &mut frame);
        if (&mut &*to).write_all(&frame).is_err() {
            break;
        }
        if frame != before {
            let _ = to.shutdown(Shutdown::Write);
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn hello(user: &str) -> serde_json::Value {
    json!({"version": 1, "user": user, "challenge": "5a".repeat(32)})
}

fn send(stream: &TcpStream, message: &serde_json::Value) {
    write_frame(&mut &*stream, message.to_string().as_bytes()).unwrap();
}

fn answer(stream: &TcpStream) -> Object {
    let payload = read_frame(&mut &*stream, 1024).unwrap().unwrap();
    parse_object(&payload).unwrap()
}

fn refused(server: JoinHandle<Accepted>) -> String {
    server.join().unwrap().map(|_| ()).unwrap_err().to_string()
}

#[test]
fn who_knows_the_key_gets_a_channel_in_both_directions() {
    let (client, server) = served(keys(), LIMIT);
    let (mut to_server, mut from_server) =
        connect(&client, "ann", KEY, LIMIT).unwrap();
    let (user, mut to_client, mut from_client) = server.join().unwrap().unwrap();
    assert_eq!(user, "ann");
    to_server.send(Kind::Stdin, b"up").unwrap();
    to_client.send(Kind::Stdout, b"down").unwrap();
    assert_eq!(from_client.receive().unwrap().unwrap().body, b"up");
    assert_eq!(from_server.receive().unwrap().unwrap().body, b"down");
    to_server.send(Kind::End, b"").unwrap();
    assert_eq!(from_client.receive().unwrap().unwrap().kind, Kind::End);
    assert_eq!(from_client.receive().unwrap(), None);
}

#[test]
fn the_stream_has_no_time_limit_behind_the_handshake() {
    let (client, server) = served(keys(), LIMIT);
    let _channel = connect(&client, "ann", KEY, LIMIT).unwrap();
    let _accepted = server.join().unwrap().unwrap();
    assert_eq!(client.read_timeout().unwrap(), None);
    assert_eq!(client.write_timeout().unwrap(), None);
}

#[test]
fn a_relay_that_changes_nothing_is_not_noticed() {
    let (server, client) = through(|_, _| {});
    assert_eq!(server.unwrap().0, "ann");
    assert!(client.is_ok());
}

#[test]
fn no_bit_of_the_handshake_can_be_changed() {
    let mut sizes = [0; 4];
    through(|at, frame| sizes[at] = frame.len()).0.unwrap();
    for (message, size) in sizes.into_iter().enumerate() {
        for bit in 0..size * 8 {
            let (server, client) = through(|at, frame| {
                if at == message {
                    frame[bit / 8] ^= 1 << (bit % 8);
                }
            });
            let clue = format!("message {message}, bit {bit}");
            assert!(client.is_err(), "{clue}");
            // The welcome is the server's last word: it has no doubt left.
            assert!(server.is_err() || message == 3, "{clue}");
        }
    }
}

#[test]
fn a_wrong_key_is_noticed_by_the_client_first() {
    let (client, server) = served(keys(), LIMIT);
    let error = connect(&client, "bob", KEY, LIMIT).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("proof is wrong"), "{error}");
    drop(client);
    let why = refused(server);
    assert!(why.starts_with("user bob: no proof"), "{why}");
}

#[test]
fn a_client_without_the_key_is_told_nothing_but_the_end() {
    for (user, who) in [("ann", "user ann"), ("eve", "unknown user eve")] {
        let (client, server) = served(keys(), LIMIT);
        send(&client, &hello(user));
        answer(&client);
        send(&client, &json!({"proof": "00".repeat(32)}));
        assert_eq!(refused(server), format!("{who}: wrong proof"));
        assert_eq!((&client).read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}

#[test]
fn an_unknown_name_is_answered_as_a_known_one() {
    let shape = |user| {
        let (client, _server) = served(keys(), LIMIT);
        send(&client, &hello(user));
        let payload = read_frame(&mut &client, 1024).unwrap().unwrap();
        let digit = |byte: u8| byte.is_ascii_hexdigit();
        let shown = |byte: &u8| if digit(*byte) { b'0' } else { *byte };
        payload.iter().map(shown).collect::<Vec<u8>>()
    };
    assert_eq!(shape("ann"), shape("eve"));
}

#[test]
fn an_unknown_name_gets_a_key_that_nobody_has() {
    let keys = keys();
    assert_eq!(keys.find("ann"), (KEY, true));
    assert_ne!(keys.find("eve").0, self::keys().find("eve").0);
    assert!(!keys.find("eve").1);
}

#[test]
fn the_servers_own_proof_sent_back_is_refused() {
    let (client, server) = served(keys(), LIMIT);
    send(&client, &hello("ann"));
    let proof = answer(&client)["proof"].clone();
    send(&client, &json!({"proof": proof}));
    assert_eq!(refused(server), "user ann: wrong proof");
}

#[test]
fn a_recorded_session_is_refused_when_it_is_played_again() {
    let mut frames = Vec::new();
    through(|at, frame| {
        if at % 2 == 0 {
            frames.extend_from_slice(frame);
        }
    })
    .0
    .unwrap();
    let (client, server) = served(keys(), LIMIT);
    (&client).write_all(&frames).unwrap();
    assert_eq!(refused(server), "user ann: wrong proof");
}

#[test]
fn a_cut_at_any_byte_is_refused() {
    let mut whole = Vec::new();
    through(|at, frame| {
        if at % 2 == 0 {
            whole.extend_from_slice(frame);
        }
    })
    .0
    .unwrap();
    for size in 0..whole.len() {
        let (client, server) = served(keys(), LIMIT);
        (&client).write_all(&whole[..size]).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let error = server.join().unwrap().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{size}: {error}");
    }
}

#[test]
fn a_handshake_byte_by_byte_is_a_handshake() {
    let (to_server, server) = served(keys(), LIMIT);
    let (client, to_client) = pair();
    let client = thread::spawn(move || connect(&client, "ann", KEY, LIMIT));
    to_server.set_nodelay(true).unwrap();
    to_client.set_nodelay(true).unwrap();
    for (from, to) in [(&to_client, &to_server), (&to_server, &to_client)].repeat(2)
    {
        let mut frame = Vec::new();
        let payload = read_frame(&mut &*from, 1024).unwrap().unwrap();
        write_frame(&mut frame, &payload).unwrap();
        frame.iter().for_each(|byte| (&mut &*to).write_all(&[*byte]).unwrap());
    }
    client.join().unwrap().unwrap();
    server.join().unwrap().unwrap();
}

#[test]
fn who_says_nothing_is_late_on_either_side() {
    let soon = Duration::from_millis(50);
    let (_client, server) = served(keys(), soon);
    let error = server.join().unwrap().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let (client, _server) = pair();
    let error = connect(&client, "ann", KEY, soon).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("50ms"), "{error}");
}

#[test]
fn a_request_that_is_none_is_told_so() {
    let cases = [
        (json!([]), "an array"),
        (json!({}), "\"version\" is missing"),
        (json!({"version": 2}), "version 2, expected 1"),
        (json!({"version": 1}), "\"user\" is missing"),
        (json!({"version": 1, "user": "Ann"}), "1 to 32 of a-z"),
        (json!({"version": 1, "user": ""}), "1 to 32 of a-z"),
        (json!({"version": 1, "user": "a\0b"}), "1 to 32 of a-z"),
        (json!({"version": 1, "user": "a".repeat(33)}), "1 to 32 of a-z"),
        (json!({"version": 1, "user": "ann"}), "\"challenge\" is missing"),
        (
            json!({"version": 1, "user": "ann", "challenge": "AB".repeat(32)}),
            "64 hex",
        ),
        (
            json!({"version": 1, "user": "ann", "challenge": "ab".repeat(31)}),
            "64 hex",
        ),
        (
            json!({"version": 1, "user": "ann", "challenge": "ä".repeat(32)}),
            "64 hex",
        ),
        (
            json!({"version": 1, "user": "ann", "challenge": "a".repeat(63)}),
            "64 hex",
        ),
    ];
    for (message, expected) in cases {
        let (client, server) = served(keys(), LIMIT);
        send(&client, &message);
        let error = answer(&client)["error"].clone();
        assert_eq!(error["kind"], "bad_request");
        let text = error["message"].as_str().unwrap();
        assert!(text.contains(expected), "{text}");
        drop(client);
        assert!(refused(server).contains(expected));
    }
}

#[test]
fn a_giant_length_is_refused_before_anything_is_allocated() {
    let (client, server) = served(keys(), LIMIT);
    (&client).write_all(b"\xff\xff\xff\xff").unwrap();
    let text = answer(&client)["error"]["message"].to_string();
    assert!(text.contains("the limit is 1024"), "{text}");
    drop(client);
    assert!(refused(server).contains("the limit is 1024"));
}

#[test]
fn a_full_server_says_so_in_words() {
    let (client, server) = pair();
    let server = thread::spawn(move || refuse(&server, "full", "32 clients\x1b[2J"));
    let error = connect(&client, "ann", KEY, LIMIT).err().unwrap();
    assert_eq!(error.to_string(), r"the server refuses: 32 clients\u{1b}[2J");
    drop(client);
    server.join().unwrap();
}

#[test]
fn a_name_that_is_none_is_not_even_sent() {
    let (client, mut server) = pair();
    let error = connect(&client, "Ann", KEY, LIMIT).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    drop(client);
    assert_eq!(server.read_to_end(&mut Vec::new()).unwrap(), 0);
}
