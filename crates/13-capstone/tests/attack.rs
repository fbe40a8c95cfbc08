//! The attacker between client and server: each deed is noticed, and said.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use capstone::attack::{Deed, Victim, relay};
use capstone::handshake::{accept, connect};
use capstone::{Keys, Kind, Receiver};

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &str = "only this test knows";

/// What comes up to the end, or up to an error.
fn bodies(mut receiver: Receiver) -> (Vec<String>, io::Result<()>) {
    let mut bodies = Vec::new();
    loop {
        match receiver.receive() {
            Ok(Some(record)) => bodies.push(String::from_utf8(record.body).unwrap()),
            Ok(None) => return (bodies, Ok(())),
            Err(error) => return (bodies, Err(error)),
        }
    }
}

/// Each side sends `one`, `two`, `three` and its end (the server's records have one
/// more in front, the welcome). What the victim's other side gets.
fn attacked(victim: Victim, deed: Deed) -> (Vec<String>, String) {
    let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (inner, outer) = (listen(), listen());
    let (inner_addr, addr) =
        (inner.local_addr().unwrap(), outer.local_addr().unwrap());
    let server = thread::spawn(move || {
        let keys = Keys::parse(&format!("ann {KEY}")).unwrap();
        let (stream, _) = inner.accept().unwrap();
        let (_, mut sender, receiver) = accept(&stream, &keys, LIMIT).unwrap();
        let _ = say_all(&mut sender);
        bodies(receiver)
    });
    let attacker =
        thread::spawn(move || relay(&outer, inner_addr, victim, deed, None));
    let stream = TcpStream::connect(addr).unwrap();
    let (mut sender, receiver) =
        connect(&stream, "ann", KEY.as_bytes(), LIMIT).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let _ = say_all(&mut sender);
    let at_client = bodies(receiver);
    let _ = stream.shutdown(std::net::Shutdown::Both);
    let at_server = server.join().unwrap();
    attacker.join().unwrap().unwrap();
    let (bodies, end) = if victim == Victim::Client { at_server } else { at_client };
    (bodies, end.map_or_else(|error| error.to_string(), |()| String::new()))
}

fn say_all(sender: &mut capstone::Sender) -> io::Result<()> {
    for body in ["one", "two", "three"] {
        sender.send(Kind::File, body.as_bytes())?;
    }
    sender.send(Kind::End, b"done")
}

#[test]
fn who_only_looks_is_not_noticed() {
    for victim in [Victim::Client, Victim::Server] {
        let all = ["one", "two", "three", "done"].map(String::from).to_vec();
        assert_eq!(attacked(victim, Deed::Look), (all, String::new()));
    }
}

#[test]
fn each_deed_ends_the_connection_with_its_reason() {
    let deeds = [
        (Deed::Flip(1), 1, "record 1 has a wrong tag: it was changed on the way"),
        (Deed::Replay(1), 2, "record 1 came a second time, expected record 2"),
        (
            Deed::Drop(1),
            1,
            "record 2 came, expected record 1: it is missing or late",
        ),
        (
            Deed::Swap(1),
            1,
            "record 2 came, expected record 1: it is missing or late",
        ),
        (Deed::Cut(1), 1, "cut: end of file without an end record"),
    ];
    let all = ["one", "two", "three", "done"];
    for (deed, count, expected) in deeds {
        let (bodies, why) = attacked(Victim::Client, deed);
        assert_eq!(
            (&bodies[..], &why[..]),
            (&all.map(String::from)[..count], expected)
        );
        // The welcome is record 0 of the server.
        let (bodies, why) = attacked(Victim::Server, deed);
        assert_eq!(bodies, all[..count - 1]);
        assert_eq!(why, expected);
    }
}
