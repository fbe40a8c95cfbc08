//! Judges a server by what it says on the wire, and by nothing else. Yours, in any
//! language, is judged so:
//!
//! ```sh
//! CAPSTONE_SERVER=$PWD/my-server cargo test -p capstone --test judge
//! ```
//!
//! It is started as `my-server --keys FILE --folder DIR --idle-timeout SECONDS
//! 127.0.0.1:0` and has to print `listening on ADDR`. FILE has a line `NAME KEY` for
//! each user.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod raw;

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;

use common::{ANN, BOB, Server};
use hmac_auth::tag;
use raw::{END, FILE, MESSAGE, Raw, STDERR, STDIN, STDOUT, hex};
use serde_json::{Value, json};

fn run(command: &str) -> Value {
    json!({"op": "run", "command": command})
}

/// The whole answer to a `run` whose request has been sent: stdout, stderr, the end.
fn output(raw: &mut Raw) -> (String, String, Value) {
    let mut printed = [Vec::new(), Vec::new()];
    loop {
        let (kind, body) = raw.receive();
        match kind {
            STDOUT => printed[0].extend(body),
            STDERR => printed[1].extend(body),
            MESSAGE => {
                let message: Value = serde_json::from_slice(&body).unwrap();
                if message.get("taken").is_none() {
                    let [out, err] = printed.map(|b| String::from_utf8(b).unwrap());
                    return (out, err, message);
                }
            }
            other => panic!("a record of kind {other} in the answer to run"),
        }
    }
}

fn exited(code: i32) -> Value {
    json!({"exit_code": code, "end": "exited"})
}

#[test]
fn who_knows_the_key_is_welcome_and_the_server_has_proved_it_too() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.end();
}

#[test]
fn two_connections_have_different_challenges() {
    let server = Server::start();
    let challenge = || server.hello("ann").1["challenge"].clone();
    assert_ne!(challenge(), challenge());
}

#[test]
fn a_wrong_proof_is_answered_with_nothing_but_the_end() {
    let server = Server::start();
    for user in ["ann", "eve"] {
        let (mut raw, _) = server.hello(user);
        raw.send_json(&json!({"proof": "0".repeat(64)}));
        assert!(raw.has_ended(), "{user}");
    }
}

#[test]
fn an_unknown_name_is_answered_as_a_known_one() {
    let server = Server::start();
    let known = server.hello("ann").1;
    let unknown = server.hello("eve").1;
    let shape = |answer: &Value| {
        let members = answer.as_object().unwrap().iter();
        let digits = |value: &Value| value.as_str().map(str::len);
        members.map(|(name, v)| (name.clone(), digits(v))).collect::<Vec<_>>()
    };
    assert_eq!(shape(&known), shape(&unknown));
}

#[test]
fn the_servers_own_proof_sent_back_is_refused() {
    let server = Server::start();
    let (mut raw, answer) = server.hello("ann");
    raw.send_json(&json!({"proof": answer["proof"]}));
    assert!(raw.has_ended());
}

#[test]
fn a_recorded_session_played_again_does_nothing() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("echo once >> log"));
    assert_eq!(output(&mut ann).2, exited(0));
    ann.end();
    let mut eve = server.connect();
    let _ = eve.stream.write_all(&ann.sent);
    eve.read_to_the_end();
    assert_eq!(server.file("log"), b"once\n");
}

#[test]
fn a_first_message_that_is_none_gets_an_error_and_the_end() {
    let server = Server::start();
    for message in [json!([]), json!({}), json!({"version": 2, "user": "ann"})] {
        let mut raw = server.connect();
        raw.send_json(&message);
        assert!(raw.receive_json()["error"]["kind"].is_string());
        assert!(raw.has_ended());
    }
}

#[test]
fn a_handshake_cut_anywhere_harms_nobody() {
    let server = Server::start();
    let mut whole = server.login(ANN);
    whole.end();
    for size in (0..whole.sent.len()).step_by(7) {
        let mut raw = server.connect();
        let _ = raw.stream.write_all(&whole.sent[..size]);
        let _ = raw.stream.shutdown(Shutdown::Write);
        raw.read_to_the_end();
    }
    server.login(ANN).end();
}

#[test]
fn a_command_gives_stdout_stderr_and_its_exit_code() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    for code in [0, 7] {
        ann.send_message(&run(&format!("echo out; echo err >&2; exit {code}")));
        let (out, err, end) = output(&mut ann);
        assert_eq!((&out[..], &err[..], end), ("out\n", "err\n", exited(code)));
    }
    ann.send_message(&run("kill -9 $$"));
    assert_eq!(output(&mut ann).2, json!({"exit_code": null, "end": "signal"}));
    ann.end();
}

#[test]
fn output_comes_while_the_command_still_runs() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("echo first; read line; echo got $line"));
    assert_eq!(ann.receive(), (STDOUT, b"first\n".to_vec()));
    ann.send(STDIN, b"second\n");
    let (out, _, end) = output(&mut ann);
    assert_eq!((&out[..], end), ("got second\n", exited(0)));
    ann.end();
}

#[test]
fn input_arrives_piece_by_piece_and_its_end_too() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("wc -c"));
    for _ in 0..3 {
        ann.send(STDIN, &[b'x'; 65536]);
        assert_eq!(ann.receive_message(), json!({"taken": 65536}));
    }
    ann.send(STDIN, b"");
    assert_eq!(output(&mut ann).0.trim(), "196608");
    ann.end();
}

#[test]
fn input_behind_the_end_of_a_command_is_ignored() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("exit 3"));
    assert_eq!(output(&mut ann).2, exited(3));
    ann.send(STDIN, b"too late\n");
    ann.send_message(&run("cat"));
    ann.send(STDIN, b"");
    assert_eq!(output(&mut ann).0, "");
    ann.end();
}

#[test]
fn an_interrupt_ends_the_command_and_one_that_comes_late_does_nothing() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("echo here; sleep 1000; echo never"));
    assert_eq!(ann.receive(), (STDOUT, b"here\n".to_vec()));
    ann.send_message(&json!({"op": "interrupt"}));
    let (out, _, end) = output(&mut ann);
    assert_eq!(end, json!({"exit_code": null, "end": "interrupted"}));
    assert_eq!(out, "");
    ann.send_message(&json!({"op": "interrupt"}));
    ann.send_message(&run("echo next"));
    assert_eq!(output(&mut ann).0, "next\n");
    ann.end();
}

#[test]
fn who_is_silent_while_a_command_runs_is_not_idle() {
    let server = Server::with_idle_timeout("4");
    let mut ann = server.login(ANN);
    // Longer than the idle time-out, and its end is the event.
    ann.send_message(&run("sleep 5; echo done"));
    assert_eq!(output(&mut ann).0, "done\n");
    ann.end();
}

#[test]
fn who_is_silent_is_sent_away_with_a_reason() {
    let server = Server::with_idle_timeout("1");
    let mut ann = server.login(ANN);
    let (kind, why) = ann.receive();
    assert!(kind == END && !why.is_empty());
    assert!(ann.has_ended());
}

#[test]
fn a_file_is_put_listed_and_fetched() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    let contents: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    let put = json!({
        "op": "put",
        "filename": "a.bin",
        "total_size": contents.len(),
        "overwrite": false,
    });
    ann.send_message(&put);
    assert_eq!(ann.receive_message(), json!({"ready": true}));
    contents.chunks(40_000).for_each(|piece| ann.send(FILE, piece));
    let digest = raw::sha256(&contents);
    ann.send_message(&json!({"sha256": digest}));
    assert_eq!(ann.receive_message(), json!({"stored": "a.bin", "sha256": digest}));
    assert!(server.file("a.bin") == contents);

    ann.send_message(&json!({"op": "ls"}));
    let listed = ann.receive_message();
    let entry = json!({"filename": "a.bin", "total_size": contents.len()});
    assert_eq!(listed, json!({"files": [entry], "truncated": false}));

    for offset in [0, 99_999, 100_000] {
        ann.send_message(
            &json!({"op": "get", "filename": "a.bin", "offset": offset}),
        );
        assert_eq!(ann.receive_message()["total_size"], contents.len());
        let fetched = ann.receive_file(contents.len() - offset);
        assert!(fetched == contents[offset..]);
        assert_eq!(ann.receive_message(), json!({"sha256": digest}));
    }
    ann.send_message(&put);
    assert_eq!(ann.receive_message()["error"]["kind"], "exists");
    ann.end();
}

/// Announces three bytes, sends these with this digest, and returns the kind of
/// error.
fn refused_put(contents: &[u8], digest: &Value) -> Value {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(
        &json!({"op": "put", "filename": "a", "total_size": 3, "overwrite": false}),
    );
    assert_eq!(ann.receive_message(), json!({"ready": true}));
    ann.send(FILE, contents);
    ann.send_message(digest);
    let kind = ann.receive_message()["error"]["kind"].clone();
    ann.send_message(&json!({"op": "ls"}));
    assert_eq!(ann.receive_message()["files"], json!([]));
    ann.end();
    kind
}

#[test]
fn a_file_with_another_digest_is_not_stored() {
    let wrong = json!({"sha256": "0".repeat(64)});
    assert_eq!(refused_put(b"abc", &wrong), "digest_mismatch");
}

#[test]
fn a_file_of_another_size_than_announced_is_not_stored() {
    for contents in [&b"ab"[..], b"abcd"] {
        let digest = json!({"sha256": raw::sha256(contents)});
        assert_eq!(refused_put(contents, &digest), "bad_request");
    }
}

#[test]
fn a_file_that_its_sender_gives_up_is_not_stored() {
    let given_up = json!({"error": {"kind": "io", "message": "no more"}});
    assert_eq!(refused_put(b"a", &given_up), "bad_request");
}

#[test]
fn a_refused_request_is_told_why_and_the_next_one_is_served() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    let cases = [
        (json!({"op": "get", "filename": "none"}), "not_found"),
        (json!({"op": "get", "filename": "../keys"}), "bad_name"),
        (json!({"op": "get", "filename": "/etc/passwd"}), "bad_name"),
        (json!({"op": "dance"}), "bad_request"),
        (json!({"op": "run"}), "bad_request"),
        (json!([]), "bad_request"),
    ];
    for (request, kind) in cases {
        ann.send_message(&request);
        assert_eq!(ann.receive_message()["error"]["kind"], kind, "{request}");
    }
    ann.send(MESSAGE, b"no JSON");
    assert_eq!(ann.receive_message()["error"]["kind"], "bad_request");
    ann.send_message(&run("echo still here"));
    assert_eq!(output(&mut ann).0, "still here\n");
    ann.end();
}

#[test]
fn who_names_those_who_are_here_in_the_order_of_arrival() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("echo here; read line"));
    // She may be listed only behind her welcome: before the next comes, she must be.
    assert_eq!(ann.receive().0, STDOUT);
    let mut bob = server.login(BOB);
    bob.send_message(&json!({"op": "who"}));
    let answer = bob.receive_message();
    let users: Vec<_> = answer["users"].as_array().unwrap().iter().collect();
    let seen = |at: usize| (&users[at]["user"], &users[at]["busy"]);
    assert_eq!(users.len(), 2);
    assert_eq!(seen(0), (&json!("ann"), &json!("run")));
    assert_eq!(seen(1).0, &json!("bob"));
    let address = ann.stream.local_addr().unwrap().to_string();
    assert_eq!(users[0]["address"], address);
    assert!(users[0]["seconds"].is_u64());
}

#[test]
fn two_users_are_served_at_once() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.login(ANN), server.login(BOB));
    ann.send_message(&run("echo ann; read line; echo $line"));
    assert_eq!(ann.receive().1, b"ann\n");
    bob.send_message(&run("echo bob; read line; echo $line"));
    assert_eq!(bob.receive().1, b"bob\n");
    ann.send(STDIN, b"one\n");
    assert_eq!(output(&mut ann).0, "one\n");
    bob.send(STDIN, b"two\n");
    assert_eq!(output(&mut bob).0, "two\n");
    ann.end();
    bob.end();
}

/// A record that orders something must do nothing if it is not in order. What was
/// sent before stays true.
fn does_nothing(name: &str, spoil: impl Fn(&mut Raw, &[u8])) {
    let server = Server::start();
    let mut ann = server.login(ANN);
    ann.send_message(&run("echo before >> log"));
    assert_eq!(output(&mut ann).2, exited(0));
    let command = run("echo after >> log").to_string();
    let frame = ann.seal(1, MESSAGE, command.as_bytes());
    spoil(&mut ann, &frame);
    ann.read_to_the_end();
    assert_eq!(server.file("log"), b"before\n", "{name}");
    server.login(ANN).end();
}

#[test]
fn a_record_with_any_of_some_bits_changed_does_nothing() {
    // One of each part: counter, kind, body, tag. All bits: see tests/record.rs.
    for at in [4, 11, 12, 20, 60, 86] {
        does_nothing("flip", |ann, frame| {
            let mut frame = frame.to_vec();
            frame[at] ^= 1;
            let _ = ann.stream.write_all(&frame);
        });
    }
}

#[test]
fn a_record_out_of_order_does_nothing() {
    does_nothing("missing", |ann, _| {
        let command = run("echo after >> log").to_string();
        let frame = ann.seal(2, MESSAGE, command.as_bytes());
        let _ = ann.stream.write_all(&frame);
    });
    does_nothing("again", |ann, _| {
        let command = run("echo before >> log").to_string();
        let frame = ann.seal(0, MESSAGE, command.as_bytes());
        let _ = ann.stream.write_all(&frame);
    });
}

#[test]
fn a_record_under_another_key_does_nothing() {
    does_nothing("the user's key itself", |ann, frame| {
        let mut frame = frame[..frame.len() - 32].to_vec();
        let proof = tag(ANN.1.as_bytes(), &frame[4..]);
        frame.extend(proof);
        let _ = ann.stream.write_all(&frame);
    });
    does_nothing("the key of the other direction", |ann, frame| {
        let mut frame = frame[..frame.len() - 32].to_vec();
        let proof = tag(&ann.in_key, &frame[4..]);
        frame.extend(proof);
        let _ = ann.stream.write_all(&frame);
    });
}

#[test]
fn a_record_cut_anywhere_does_nothing() {
    for keep in [0, 1, 3, 4, 5, 30, 86] {
        does_nothing("cut", |ann, frame| {
            ann.stream.write_all(&frame[..keep]).unwrap();
            ann.stream.shutdown(Shutdown::Write).unwrap();
        });
    }
}

#[test]
fn a_length_out_of_bounds_ends_the_connection() {
    for length in [0, 40, 65578, 1 << 20, u32::MAX] {
        does_nothing("length", |ann, _| {
            let _ = ann.stream.write_all(&length.to_be_bytes());
            let _ = ann.stream.write_all(&[0; 40]);
        });
    }
}

#[test]
fn a_conversation_byte_by_byte_is_one() {
    let server = Server::start();
    let mut raw = server.connect();
    raw.stream.set_nodelay(true).unwrap();
    raw.byte_by_byte = true;
    let mut ann = raw.login(ANN);
    ann.send_message(&run("echo slowly"));
    assert_eq!(output(&mut ann).0, "slowly\n");
    ann.end();
}

/// Ctrl-Z and fg: calls that wait come back with `EINTR` (signal(7)).
#[cfg(target_os = "linux")]
#[test]
fn a_server_that_is_stopped_and_continued_goes_on() {
    let server = Server::start();
    let raw = server.connect();
    server.process.stop_and_continue(); // in the handshake
    let mut ann = raw.login(ANN);
    server.process.stop_and_continue(); // between records
    ann.send_message(&run("echo still here; read line; echo $line"));
    assert_eq!(ann.receive().0, STDOUT);
    server.process.stop_and_continue(); // while a command runs
    ann.send(STDIN, b"and here\n");
    assert_eq!(output(&mut ann).0, "and here\n");
    ann.end();
}

#[test]
fn several_requests_in_one_piece_are_answered_in_order() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    let who = json!({"op": "who"}).to_string();
    let frames: Vec<u8> =
        (0..3).flat_map(|at| ann.seal(at, MESSAGE, who.as_bytes())).collect();
    ann.stream.write_all(&frames).unwrap();
    for _ in 0..3 {
        assert_eq!(ann.receive_message()["users"][0]["user"], "ann");
    }
}

#[test]
fn a_client_that_vanishes_takes_its_command_along() {
    let server = Server::start();
    let mut ann = server.login(ANN);
    // The pipe has no other writer: its end is that of the command.
    let fifo = server.path("fifo");
    ann.send_message(&run("mkfifo fifo; echo made; exec 3> fifo; sleep 1000"));
    assert_eq!(ann.receive(), (STDOUT, b"made\n".to_vec()));
    let mut reader = fs::File::open(fifo).unwrap();
    drop(ann);
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "{}", hex(&rest));
}
