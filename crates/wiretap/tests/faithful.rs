//! Without faults a relay changes nothing: bytes, ends, resets, pace.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::*;
use socket2::SockRef;
use wiretap::event::{Direction, Onward, What};
use wiretap::fault::Faults;
use wiretap::reporter::Wanted;

fn plain() -> Tapped {
    there(Faults::default())
}

fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn bytes_pass_both_ways_one_at_a_time_and_many_at_once() {
    let tapped = plain();
    let (mut client, mut server) = tapped.connect();
    for size in [1, 1, 7, 65_536, 300_000] {
        let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        thread::scope(|scope| {
            scope.spawn(|| send(&mut client, &bytes));
            assert!(read(&mut server, size) == bytes);
        });
        thread::scope(|scope| {
            scope.spawn(|| send(&mut server, &bytes));
            assert!(read(&mut client, size) == bytes);
        });
    }
}

#[test]
fn events_are_told_in_the_order_of_cause_and_effect() {
    let tapped = plain();
    let (mut client, mut server) = tapped.connect();
    send(&mut client, b"hello");
    read(&mut server, 5);
    send(&mut server, b"HELLO");
    read(&mut client, 5);
    drop(client);
    read_all(&mut server);
    drop(server);
    let events = tapped.until_closed();
    assert_eq!(events.len(), 5, "{events:?}");
    assert!(matches!(&events[0], What::Connect { .. }));
    for (event, way) in events[1..3].iter().zip(Direction::BOTH) {
        let What::Arrived { piece, onward: Onward::AsTheyCame } = event else {
            panic!("{event:?}");
        };
        assert_eq!((piece.direction, piece.offset, piece.size), (way, 0, 5));
    }
    for (event, way) in events[3..].iter().zip(Direction::BOTH) {
        let half = way == Direction::ClientToServer;
        assert_eq!(event, &What::End { direction: way, total: 5, half });
    }
}

#[test]
fn a_half_close_is_passed_on_and_the_other_direction_stays_open() {
    let tapped = plain();
    let (mut client, mut server) = tapped.connect();
    send(&mut client, b"question");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut server), b"question");
    for _ in 0..3 {
        send(&mut server, b"answer");
        assert_eq!(read(&mut client, 6), b"answer");
    }
    server.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut client), b"");
    tapped.until_closed();
}

#[test]
fn a_servers_half_close_is_passed_on_too() {
    let tapped = plain();
    let (mut client, mut server) = tapped.connect();
    server.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut client), b"");
    send(&mut client, b"still here");
    drop(client);
    assert_eq!(read_all(&mut server), b"still here");
}

#[test]
fn a_reset_is_passed_on_as_a_reset_either_way() {
    let tapped = plain();
    let (client, mut server) = tapped.connect();
    reset(client);
    assert_eq!(failure(&mut server), ErrorKind::ConnectionReset);
    let direction = Direction::ClientToServer;
    assert_eq!(tapped.until_closed()[1], What::Reset { direction });

    let (mut client, server) = tapped.connect();
    reset(server);
    assert_eq!(failure(&mut client), ErrorKind::ConnectionReset);
    let direction = Direction::ServerToClient;
    assert_eq!(tapped.until_closed()[1], What::Reset { direction });
}

/// Writes until nothing more goes in for a while.
fn fill(stream: &mut TcpStream) -> usize {
    const WHILE: Duration = Duration::from_millis(300);
    stream.set_write_timeout(Some(WHILE)).unwrap();
    let (mut total, mut last) = (0, Instant::now());
    loop {
        match write(stream, &[b'x'; 65_536]) {
            Ok(size) => (total, last) = (total + size, Instant::now()),
            // A stop and a continue end a call that has a time-out (signal(7)).
            Err(error)
                if error.kind() == ErrorKind::Interrupted
                    && last.elapsed() < WHILE => {}
            Err(_) => break,
        }
        assert!(total < 256 << 20, "somebody takes it all");
    }
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    total
}

#[expect(clippy::disallowed_methods, reason = "how much went in is the question")]
fn write(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<usize> {
    stream.write(bytes)
}

#[test]
fn a_slow_reader_slows_the_writer_and_nothing_is_lost() {
    let tapped = relay(QUIET, Default::default());
    let (mut client, mut server) = tapped.connect();
    let total = fill(&mut client);
    thread::scope(|scope| {
        scope.spawn(|| client.shutdown(Shutdown::Write).unwrap());
        assert_eq!(read_all(&mut server).len(), total);
    });
}

const QUIET: Wanted = Wanted { pieces: false, bytes: 0, all: false };

#[test]
fn a_reset_reaches_a_writer_that_waits_for_a_slow_reader() {
    for _ in 0..3 {
        let tapped = relay(QUIET, Default::default());
        let (mut client, server) = tapped.connect();
        fill(&mut client);
        reset(server);
        while client.write_all(&[0; 65_536]).is_ok() {}
        tapped.until_closed();
        // And when it is the writer that breaks off.
        let (mut client, mut server) = tapped.connect();
        fill(&mut client);
        reset(client);
        assert_eq!(failure(&mut server), ErrorKind::ConnectionReset);
        tapped.until_closed();
    }
}

#[test]
fn a_hundred_connections_at_once_keep_apart() {
    let tapped = relay(QUIET, Default::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..100 {
                let (server, _) = tapped.server.accept().unwrap();
                scope.spawn(move || {
                    let mut server = timed(server);
                    let bytes = read_all(&mut server).to_ascii_uppercase();
                    send(&mut server, &bytes);
                });
            }
        });
        for number in 0..100 {
            let address = tapped.address;
            scope.spawn(move || {
                let mut client = timed(TcpStream::connect(address).unwrap());
                let text = format!("client {number} ").repeat(5000);
                send(&mut client, text.as_bytes());
                client.shutdown(Shutdown::Write).unwrap();
                assert!(
                    read_all(&mut client) == text.to_ascii_uppercase().as_bytes()
                );
            });
        }
    });
}

#[test]
fn where_no_server_is_the_client_is_closed_and_the_relay_lives_on() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = gone.local_addr().unwrap();
    drop(gone);
    let (address, events, _) = relay_to(to, EVERYTHING, Default::default());
    for _ in 0..3 {
        let mut client = timed(TcpStream::connect(address).unwrap());
        assert_eq!(read_all(&mut client), b"");
        let What::NoServer { error, .. } = events.recv_timeout(LIMIT).unwrap().what
        else {
            panic!("something else");
        };
        let said = format!("cannot connect to {to}: Connection refused");
        assert!(error.starts_with(&said), "{error}");
    }
}

#[test]
fn events_that_find_the_queue_full_are_counted_and_hold_up_nobody() {
    let wanted = Wanted { pieces: true, bytes: 8, all: false };
    let tapped = relay(wanted, Default::default());
    let (mut client, mut server) = tapped.connect();
    for _ in 0..2000 {
        send(&mut client, b"x");
        read(&mut server, 1);
    }
    // Nobody has taken an event so far.
    assert!(tapped.events.try_iter().count() < 2000);
}
