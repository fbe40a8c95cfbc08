//! The relay for datagrams, with and without faults.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use wiretap::event::{Event, Onward, What};
use wiretap::fault::{Faults, Switches};
use wiretap::reporter::{Reporter, Wanted};
use wiretap::udp::{MAX_CLIENTS, UdpRelay, serve};

const LIMIT: Duration = Duration::from_secs(10);

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

fn relay_to(
    to: SocketAddr,
    faults: [Faults; 2],
    idle: Duration,
) -> (SocketAddr, Receiver<Event>) {
    let socket = socket();
    let address = socket.local_addr().unwrap();
    socket.set_read_timeout(None).unwrap();
    let wanted = Wanted { pieces: true, bytes: usize::MAX, all: false };
    let (reporter, events) = Reporter::new(wanted);
    let (reporter, switches) = (Arc::new(reporter), Switches::new(faults));
    let clients = Mutex::default();
    let relay = UdpRelay { socket, to, idle, reporter, switches, clients };
    thread::spawn(move || serve(&Arc::new(relay)));
    (address, events)
}

/// A server, and a client that is connected with the relay in front of it.
fn pair(faults: [Faults; 2]) -> (UdpSocket, UdpSocket, Receiver<Event>) {
    let server = socket();
    let (address, events) = relay_to(server.local_addr().unwrap(), faults, LIMIT);
    let client = socket();
    client.connect(address).unwrap();
    (client, server, events)
}

fn take(socket: &UdpSocket) -> (String, SocketAddr) {
    let mut buffer = [0; 65_535];
    loop {
        match socket.recv_from(&mut buffer) {
            // A stop and a continue end a call that has a time-out (signal(7)).
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            taken => {
                let (size, from) = taken.unwrap();
                let text = String::from_utf8_lossy(&buffer[..size]);
                return (text.into_owned(), from);
            }
        }
    }
}

#[test]
fn datagrams_pass_both_ways_and_each_client_gets_its_own_answers() {
    let (ann, server, _events) = pair(Default::default());
    let bob = socket();
    bob.connect(ann.peer_addr().unwrap()).unwrap();
    let mut from = Vec::new();
    for (client, text) in [(&ann, "ann"), (&bob, "bob"), (&ann, ""), (&bob, "again")]
    {
        client.send(text.as_bytes()).unwrap();
        let (taken, address) = take(&server);
        assert_eq!(taken, text);
        server.send_to(text.to_uppercase().as_bytes(), address).unwrap();
        assert_eq!(take(client).0, text.to_uppercase());
        from.push(address);
    }
    assert_eq!((from[0], from[1]), (from[2], from[3]));
    assert_ne!(from[0], from[1]);
    let large = "x".repeat(65_507);
    ann.send(large.as_bytes()).unwrap();
    assert_eq!(take(&server).0, large);
}

#[test]
fn faults_act_on_the_datagrams_of_each_client() {
    let there = Faults { drop: vec![1], reorder: vec![2], ..Faults::default() };
    let back = Faults { duplicate: vec![1], ..Faults::default() };
    let (client, server, events) = pair([there, back]);
    for text in ["one", "two", "three"] {
        client.send(text.as_bytes()).unwrap();
    }
    assert_eq!(take(&server).0, "three");
    let (text, address) = take(&server);
    assert_eq!(text, "two");
    server.send_to(b"answer", address).unwrap();
    assert_eq!(
        (take(&client).0, take(&client).0),
        ("answer".into(), "answer".into())
    );

    let told: Vec<_> = events.try_iter().map(|event| event.what).collect();
    let arrived = told.iter().filter_map(|what| match what {
        What::Arrived { piece, onward } => Some((piece.offset, *onward)),
        _ => None,
    });
    let expected = [
        (1, Onward::Never),
        (2, Onward::Disturbed),
        (3, Onward::AsTheyCame),
        (1, Onward::Disturbed),
    ];
    assert_eq!(arrived.collect::<Vec<_>>(), expected);
    let sent = told.iter().filter_map(|what| match what {
        What::Sent { piece, faults } => Some((piece.offset, faults.join(" "))),
        _ => None,
    });
    let duplicate = (1, "duplicate".to_string());
    let expected = [(2, "reorder".to_string()), duplicate.clone(), duplicate];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
}

/// The first event that is chosen.
fn wait_for<T>(events: &Receiver<Event>, choose: impl Fn(What) -> Option<T>) -> T {
    loop {
        if let Some(found) = choose(events.recv_timeout(LIMIT).unwrap().what) {
            return found;
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn where_nobody_receives_it_is_said_and_the_relay_lives_on() {
    use wiretap::event::Direction;
    let server = socket();
    let to = server.local_addr().unwrap();
    drop(server);
    let (address, events) = relay_to(to, Default::default(), LIMIT);
    let client = socket();
    for _ in 0..3 {
        client.send_to(b"anybody?", address).unwrap();
        let said = wait_for(&events, |what| match what {
            What::Failed { direction: Direction::ServerToClient, error } => {
                Some(error)
            }
            _ => None,
        });
        assert!(said.starts_with(&format!("nobody receives at {to}")), "{said}");
    }
    let server = UdpSocket::bind(to).unwrap();
    server.set_read_timeout(Some(LIMIT)).unwrap();
    client.send_to(b"now?", address).unwrap();
    assert_eq!(take(&server).0, "now?");
}

#[test]
fn a_client_that_is_idle_is_forgotten_and_may_come_again() {
    let server = socket();
    let idle = Duration::from_millis(50);
    let to = server.local_addr().unwrap();
    let (address, events) = relay_to(to, Default::default(), idle);
    let client = socket();
    for number in 1..=2 {
        client.send_to(b"hello", address).unwrap();
        let closed = |what| matches!(what, What::Closed {}).then_some(());
        wait_for(&events, closed);
        assert_eq!(take(&server).0, "hello", "{number}");
    }
}

#[test]
fn there_is_a_limit_to_the_clients() {
    let server = socket();
    let (address, events) =
        relay_to(server.local_addr().unwrap(), Default::default(), LIMIT);
    let clients: Vec<_> = (0..=MAX_CLIENTS).map(|_| socket()).collect();
    for client in &clients[..MAX_CLIENTS] {
        client.send_to(b"x", address).unwrap();
        take(&server);
    }
    let _ = events.try_iter().count();
    clients[MAX_CLIENTS].send_to(b"y", address).unwrap();
    let said = wait_for(&events, |what| match what {
        What::Failed { error, .. } => Some(error),
        _ => None,
    });
    assert!(said.ends_with("not taken, there are 256 clients already"), "{said}");
    clients[0].send_to(b"z", address).unwrap();
    assert_eq!(take(&server).0, "z");
}
