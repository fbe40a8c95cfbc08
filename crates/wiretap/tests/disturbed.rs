//! What each fault of a stream does to the bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::ErrorKind;
use std::net::Shutdown;

use common::*;
use wiretap::event::{Direction, Onward, What};
use wiretap::fault::{Faults, Glue};

const THERE: Direction = Direction::ClientToServer;

/// Sends the pieces, ends, and returns what arrives and what was reported as sent
/// on.
fn through(faults: Faults, pieces: &[&[u8]]) -> (Vec<u8>, Vec<(Vec<u8>, String)>) {
    let tapped = there(faults);
    let (mut client, mut server) = tapped.connect();
    for piece in pieces {
        send(&mut client, piece);
    }
    client.shutdown(Shutdown::Write).unwrap();
    let arrived = read_all(&mut server);
    drop(server);
    (arrived, tapped.sent(THERE))
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|number| (number % 251) as u8).collect()
}

#[test]
fn split_sends_so_many_bytes_at_a_time_and_loses_none() {
    for (size, count) in [(1, 10), (3, 4), (9, 2)] {
        let faults = Faults { split: Some(size), ..Faults::default() };
        let (arrived, sent) = through(faults, &[&bytes(10)]);
        assert_eq!(arrived, bytes(10));
        assert_eq!(sent.len(), count);
        assert!(sent.iter().all(|(part, why)| part.len() <= size && why == "split"));
    }
    // What is small enough is not touched.
    let faults = Faults { split: Some(10), ..Faults::default() };
    assert_eq!(through(faults, &[&bytes(10)]), (bytes(10), vec![]));
}

#[test]
fn glue_sends_on_at_the_end_with_one_write() {
    let glue = Some(Glue { pause: 3_600_000, size: 1000 });
    let tapped = there(Faults { glue, ..Faults::default() });
    let (mut client, mut server) = tapped.connect();
    assert!(matches!(tapped.next(), What::Connect { .. }));
    for text in ["hello", "feng"] {
        send(&mut client, text.as_bytes());
        let What::Arrived { onward, .. } = tapped.next() else { panic!("no piece") };
        assert_eq!(onward, Onward::Disturbed);
    }
    drop(client);
    assert_eq!(read_all(&mut server), b"hellofeng");
    drop(server);
    assert_eq!(tapped.sent(THERE), [(b"hellofeng".to_vec(), "glue".into())]);
}

#[test]
fn glue_sends_on_when_there_is_enough_or_nothing_comes() {
    let glue = Some(Glue { pause: 3_600_000, size: 9 });
    let tapped = there(Faults { glue, ..Faults::default() });
    let (mut client, mut server) = tapped.connect();
    send(&mut client, b"hello");
    send(&mut client, b"feng");
    assert_eq!(read(&mut server, 9), b"hellofeng");

    let glue = Some(Glue { pause: 1, size: 1000 });
    let tapped = there(Faults { glue, ..Faults::default() });
    let (mut client, mut server) = tapped.connect();
    for text in ["hello", "feng"] {
        send(&mut client, text.as_bytes());
        assert_eq!(read(&mut server, text.len()), text.as_bytes());
    }
}

#[test]
fn delay_and_rate_change_no_byte() {
    let faults = Faults { delay: Some(1), ..Faults::default() };
    let (arrived, sent) = through(faults, &[b"hello"]);
    assert_eq!(arrived, b"hello");
    assert_eq!(sent, [(b"hello".to_vec(), "delay".into())]);
    let faults = Faults { rate: Some(10_000), ..Faults::default() };
    let (arrived, sent) = through(faults, &[&bytes(2500)]);
    assert_eq!(arrived, bytes(2500));
    let sizes: Vec<_> = sent.iter().map(|(part, _)| part.len()).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
}

#[test]
fn flip_changes_one_bit_of_one_byte_wherever_it_arrives() {
    for at in 0..10 {
        let tapped = there(Faults { flip: Some(at), ..Faults::default() });
        let (mut client, mut server) = tapped.connect();
        let mut expected = bytes(10);
        expected[at as usize] ^= 1;
        for byte in bytes(10) {
            send(&mut client, &[byte]);
        }
        assert_eq!(read(&mut server, 10), expected);
        drop(client);
    }
    let faults = Faults { flip: Some(10), ..Faults::default() };
    assert_eq!(through(faults, &[&bytes(10)]), (bytes(10), vec![]));
}

#[test]
fn cut_after_gives_both_sides_an_end_of_file_after_so_many_bytes() {
    for after in 0..=10 {
        let tapped = there(Faults { cut_after: Some(after), ..Faults::default() });
        let (mut client, mut server) = tapped.connect();
        send(&mut server, b"before");
        assert_eq!(read(&mut client, 6), b"before");
        send(&mut client, &bytes(10));
        assert_eq!(read_all(&mut server), &bytes(10)[..after as usize]);
        assert_eq!(read_all(&mut client), b"");
        drop((client, server));
        tapped.until_closed();
    }
}

#[test]
fn half_close_after_ends_one_direction_and_leaves_the_other() {
    for after in 0..=10 {
        let faults = Faults { half_close_after: Some(after), ..Faults::default() };
        let tapped = there(faults);
        let (mut client, mut server) = tapped.connect();
        send(&mut client, &bytes(10));
        assert_eq!(read_all(&mut server), &bytes(10)[..after as usize]);
        send(&mut client, b"in vain");
        send(&mut server, b"answer");
        drop(server);
        assert_eq!(read_all(&mut client), b"answer");
        drop(client);
        tapped.until_closed();
    }
}

#[test]
fn reset_after_resets_both_sides_after_so_many_bytes() {
    for after in 0..=10 {
        let tapped = there(Faults { reset_after: Some(after), ..Faults::default() });
        let (mut client, mut server) = tapped.connect();
        send(&mut client, &bytes(10));
        assert_eq!(failure(&mut server), ErrorKind::ConnectionReset);
        assert_eq!(failure(&mut client), ErrorKind::ConnectionReset);
        tapped.until_closed();
    }
}

#[test]
fn stall_after_takes_nothing_more_until_it_is_switched_off() {
    let tapped = there(Faults { stall_after: Some(3), ..Faults::default() });
    let (mut client, mut server) = tapped.connect();
    send(&mut client, b"hello");
    assert_eq!(read(&mut server, 3), b"hel");
    send(&mut client, b" feng");
    // The other direction is not stalled.
    send(&mut server, b"answer");
    assert_eq!(read(&mut client, 6), b"answer");
    tapped.switches.set(Default::default());
    assert_eq!(read(&mut server, 7), b"lo feng");
    drop(client);
    assert_eq!(read_all(&mut server), b"");
}

#[test]
fn a_stalled_connection_ends_when_the_server_leaves() {
    let tapped = there(Faults { stall_after: Some(0), ..Faults::default() });
    let (mut client, server) = tapped.connect();
    send(&mut client, b"hello");
    assert!(matches!(tapped.next(), What::Connect { .. }));
    assert!(matches!(tapped.next(), What::Arrived { .. }));
    assert!(matches!(tapped.next(), What::Fault { .. }));
    drop(server);
    assert_eq!(read_all(&mut client), b"");
    tapped.until_closed();
}

#[test]
fn a_seed_cuts_a_stream_at_the_same_places_each_time() {
    let cuts = |seed| {
        let faults = Faults { seed: Some(seed), ..Faults::default() };
        let (arrived, sent) = through(faults, &[&bytes(500)]);
        assert_eq!(arrived, bytes(500));
        assert!(sent.iter().all(|(part, _)| (1..=16).contains(&part.len())));
        let sizes = sent.iter().map(|(part, _)| part.len());
        sizes
            .scan(0, |at, size| {
                *at += size;
                Some(*at)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(cuts(7), cuts(7));
    assert_ne!(cuts(7), cuts(8));
}

#[test]
fn faults_can_be_switched_on_while_a_connection_lives() {
    let tapped = there(Faults::default());
    let (mut client, mut server) = tapped.connect();
    send(&mut client, b"hello");
    assert_eq!(read(&mut server, 5), b"hello");
    let faults = Faults { flip: Some(5), ..Faults::default() };
    tapped.switches.set([faults, Faults::default()]);
    send(&mut client, b"hello");
    assert_eq!(read(&mut server, 5), b"iello");
}

#[test]
fn faults_act_together_flip_then_glue_then_split_then_end() {
    let faults = Faults {
        flip: Some(0),
        glue: Some(Glue { pause: 3_600_000, size: 100 }),
        split: Some(4),
        half_close_after: Some(6),
        ..Faults::default()
    };
    let (arrived, sent) = through(faults, &[b"hello", b"feng"]);
    assert_eq!(arrived, b"iellof");
    let parts: Vec<_> = sent.iter().map(|(part, _)| &part[..]).collect();
    assert_eq!(parts, [&b"iell"[..], b"of"]);
}

#[test]
fn a_cut_gives_an_end_of_file_also_to_who_sends_without_pause() {
    let faults = Faults { cut_after: Some(10), delay: Some(1), ..Faults::default() };
    for _ in 0..10 {
        let tapped = there(faults.clone());
        let (mut client, mut server) = tapped.connect();
        // More than one read takes, so bytes wait in the relay's kernel at the cut.
        send(&mut client, &bytes(200_000));
        assert_eq!(read_all(&mut server), bytes(10));
        assert_eq!(read_all(&mut client), b"");
        send(&mut server, b"in vain");
        drop((client, server));
        tapped.until_closed();
    }
}
