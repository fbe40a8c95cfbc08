//! What must hold of lesson 7's server, whatever its clients ask for and however
//! they leave.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{Peer, get, kind, put, server, server_with, sha256};
use file_transfer::Folder;
use scene::{Temp, wait_until};
use serde_json::{Value, json};

const NO_SHA256: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn ls_shows_the_files_by_name_and_no_temporary_ones() {
    let share = Temp::new();
    share.write("b.txt", "12345");
    share.write("a b.txt", "");
    share.write(".part-1", "half");
    fs::create_dir(share.join("folder")).unwrap();
    let files = json!([
        {"filename": "a b.txt", "total_size": 0},
        {"filename": "b.txt", "total_size": 5},
    ]);
    let reply = Peer::connect(server(&share)).ask(json!({"op": "ls"}));
    assert_eq!(reply, json!({"files": files, "truncated": false}));
}

#[test]
fn get_sends_a_file_from_any_offset_and_the_digest_of_the_whole() {
    let share = Temp::new();
    let contents = "hello, 你好";
    share.write("a.txt", contents);
    let mut peer = Peer::connect(server(&share));
    for offset in 0..=contents.len() {
        let reply = peer.ask(get("a.txt", offset as u64));
        let header =
            json!({"filename": "a.txt", "total_size": 13, "offset": offset});
        assert_eq!(reply, header);
        let rest = contents.len() - offset;
        assert_eq!(peer.receive_raw(rest), &contents.as_bytes()[offset..]);
        assert_eq!(peer.receive(), json!({"sha256": sha256(contents.as_bytes())}));
    }
    assert_eq!(peer.refused(get("a.txt", 14)), "bad_request");
    assert_eq!(peer.refused(get("a.txt", u64::MAX)), "bad_request");
    peer.assert_in_step();
}

#[test]
fn put_stores_a_file_of_any_size() {
    let share = Temp::new();
    let mut peer = Peer::connect(server(&share));
    for size in [0, 1, 131_071, 131_072, 131_073, 1_000_000] {
        let contents: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        let name = format!("{size}");
        let stored = json!({"stored": name, "sha256": sha256(&contents)});
        assert_eq!(peer.put(&name, &contents), stored);
        assert!(share.read(&name) == contents);
    }
    assert_eq!(share.names().len(), 6);
}

#[test]
fn a_file_is_replaced_only_if_that_is_asked_for() {
    let share = Temp::new();
    share.write("a.txt", "old");
    let mut peer = Peer::connect(server(&share));
    assert_eq!(peer.refused(put("a.txt", 3)), "exists");
    assert_eq!(share.read("a.txt"), b"old");
    let mut request = put("a.txt", 3);
    request["overwrite"] = json!(true);
    assert_eq!(peer.ask(request), json!({"ready": true}));
    peer.send_raw(b"new");
    assert!(peer.ask(json!({"sha256": sha256(b"new")}))["stored"].is_string());
    assert_eq!(share.read("a.txt"), b"new");
    assert_eq!(share.names(), ["a.txt"]);
}

#[test]
fn a_name_that_is_a_path_or_temporary_is_refused_in_step() {
    let share = Temp::new();
    share.write(".part-1", "half");
    let mut peer = Peer::connect(server(&share));
    let long = "x".repeat(256);
    let names =
        ["", ".", "..", "../../etc/passwd", "/etc/passwd", "a/b", "a\\b", ".part-1"];
    for name in names.into_iter().chain(["a\u{0}", "\u{1b}[2J", &long]) {
        assert_eq!(peer.refused(get(name, 0)), "bad_name", "{name:?}");
        assert_eq!(peer.refused(put(name, 1)), "bad_name", "{name:?}");
    }
    peer.assert_in_step();
    let name = "x".repeat(255);
    assert!(peer.put(&name, b"long")["stored"].is_string());
    assert!(peer.put("a..b", b"fine")["stored"].is_string());
}

#[test]
#[cfg(windows)]
fn a_name_that_windows_takes_for_something_else_is_refused() {
    let share = Temp::new();
    share.write("a.txt", "hello");
    let mut peer = Peer::connect(server(&share));
    for name in [
        "NUL",
        "con",
        "Aux.txt",
        "nul .tar.gz",
        "COM1",
        "lpt9.c",
        "COM\u{b9}",
        "CONIN$",
    ]
    .into_iter()
    .chain(["a:b", "a.txt:b", "a.txt::$DATA", "a.txt.", "a.txt ", "a?", "*"])
    {
        assert_eq!(peer.refused(get(name, 0)), "bad_name", "{name:?}");
        assert_eq!(peer.refused(put(name, 1)), "bad_name", "{name:?}");
    }
    for name in ["console", "com", "COM10", "nul_", "LPTx", " a", ".a", "你好"] {
        assert!(peer.put(name, b"fine")["stored"].is_string(), "{name:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_link_may_lead_to_a_file_in_the_folder_but_not_out_of_it() {
    use std::os::unix::fs::symlink;
    let outside = Temp::new();
    outside.write("secret", "secret");
    let share = Temp::new();
    share.write("a.txt", "hello");
    fs::create_dir(share.join("sub")).unwrap();
    share.write("sub/deep.txt", "deep!");
    symlink("a.txt", share.join("inside")).unwrap();
    symlink("sub/deep.txt", share.join("deeper")).unwrap();
    symlink(outside.join("secret"), share.join("outside")).unwrap();
    symlink(&outside.0, share.join("folder")).unwrap();
    symlink("/dev/null", share.join("device")).unwrap();
    symlink("nowhere", share.join("dangling")).unwrap();
    symlink("loop", share.join("loop")).unwrap();
    let mut peer = Peer::connect(server(&share));
    assert_eq!(peer.ask(get("inside", 0))["total_size"], 5);
    peer.receive_raw(5);
    peer.receive();
    for name in ["outside", "deeper", "folder", "device", "dangling", "loop"] {
        assert_eq!(peer.refused(get(name, 0)), "not_found", "{name}");
    }
    let files = &peer.ask(json!({"op": "ls"}))["files"];
    let shown: Vec<_> =
        files.as_array().unwrap().iter().map(|file| &file["filename"]).collect();
    assert_eq!(shown, ["a.txt", "inside"]);

    for name in ["inside", "outside", "dangling"] {
        let mut request = put(name, 4);
        request["overwrite"] = json!(true);
        assert_eq!(peer.refused(request), "not_a_file", "{name}");
    }
    assert_eq!(share.read("a.txt"), b"hello");
    assert_eq!(outside.read("secret"), b"secret");
}

#[test]
#[cfg(unix)]
fn a_link_that_takes_the_name_while_a_file_comes_is_not_replaced() {
    let share = Temp::new();
    let mut peer = Peer::connect(server(&share));
    let mut request = put("a.txt", 5);
    request["overwrite"] = json!(true);
    assert_eq!(peer.ask(request), json!({"ready": true}));
    std::os::unix::fs::symlink("nowhere", share.join("a.txt")).unwrap();
    peer.send_raw(b"hello");
    assert_eq!(peer.refused(json!({"sha256": sha256(b"hello")})), "not_a_file");
    assert!(share.join("a.txt").is_symlink());
    assert_eq!(share.names(), ["a.txt"]);
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_refused_at_once() {
    use std::process::Command;
    let share = Temp::new();
    fs::create_dir(share.join("folder")).unwrap();
    let fifo = Command::new("mkfifo").arg(share.join("fifo")).status();
    assert!(fifo.unwrap().success());
    let _socket =
        std::os::unix::net::UnixListener::bind(share.join("socket")).unwrap();
    let mut names = vec!["folder", "fifo", "socket"];
    let device =
        Command::new("mknod").arg(share.join("null")).args(["c", "1", "3"]).output();
    match device.is_ok_and(|output| output.status.success()) {
        true => names.push("null"),
        false => println!("without a device: only root can make one"),
    }
    let mut peer = Peer::connect(server(&share));
    for name in names {
        assert_eq!(peer.refused(get(name, 0)), "not_a_file", "{name}");
        assert_eq!(peer.refused(put(name, 1)), "not_a_file", "{name}");
        let mut request = put(name, 1);
        request["overwrite"] = json!(true);
        assert_eq!(peer.refused(request), "not_a_file", "{name}");
    }
    assert_eq!(peer.refused(get("nosuch", 0)), "not_found");
    peer.assert_in_step();
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_sent() {
    let share = Temp::new();
    let mut peer = Peer::connect(server_with(&share, 5, common::LIMIT));
    assert_eq!(peer.refused(put("a.txt", 6)), "too_large");
    assert!(peer.put("a.txt", b"12345")["stored"].is_string());
    assert_eq!(share.names(), ["a.txt"]);
}

#[test]
fn a_wrong_digest_stores_nothing_and_the_connection_goes_on() {
    let share = Temp::new();
    let mut peer = Peer::connect(server(&share));
    let upper = sha256(b"hello").to_uppercase();
    for (trailer, expected) in [
        (json!({"sha256": NO_SHA256}), "digest_mismatch"),
        (json!({"sha256": upper}), "digest_mismatch"),
        (json!({"sha256": 5}), "bad_request"),
        (json!({"sha": "x"}), "bad_request"),
        (json!([]), "bad_request"),
    ] {
        assert_eq!(peer.ask(put("a.txt", 5)), json!({"ready": true}));
        peer.send_raw(b"hello");
        assert_eq!(peer.refused(trailer), expected);
        assert!(share.names().is_empty());
    }
    assert!(peer.put("a.txt", b"hello")["stored"].is_string());
}

#[test]
fn until_it_is_complete_a_file_is_not_there() {
    let share = Temp::new();
    let addr = server(&share);
    let mut peer = Peer::connect(addr);
    peer.ask(put("a.txt", 5));
    peer.send_raw(b"hell");
    wait_until("the bytes are in the temporary file", || {
        let names = share.names();
        names.len() == 1
            && names[0].starts_with(".part-")
            && share.read(&names[0]) == b"hell"
    });
    let mut other = Peer::connect(addr);
    assert_eq!(other.ask(json!({"op": "ls"}))["files"], json!([]));
    assert_eq!(other.refused(get("a.txt", 0)), "not_found");
    peer.send_raw(b"o");
    peer.ask(json!({"sha256": sha256(b"hello")}));
    assert_eq!(share.names(), ["a.txt"]);
}

#[test]
fn a_server_that_starts_takes_away_nothing_that_another_begins_to_write() {
    let share = Temp::new();
    let folder = Folder::new(&share.0).unwrap();
    let over = AtomicBool::new(false);
    // Many times: that the two meet is chance.
    let lost = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    drop(Folder::new(&share.0));
                }
            });
        }
        let lost = (0..5000)
            .filter(|_| {
                let _part = folder.create_part();
                share.names().is_empty()
            })
            .count();
        over.store(true, Ordering::Relaxed);
        lost
    });
    assert_eq!(lost, 0);
}

#[test]
fn of_two_uploads_of_one_name_one_whole_file_wins() {
    for overwrite in [false, true] {
        let share = Temp::new();
        let addr = server(&share);
        let mut peers: Vec<_> = (0..8).map(|_| Peer::connect(addr)).collect();
        let contents = |number: usize| vec![number as u8; 200_000];
        for peer in &mut peers {
            let mut request = put("a.bin", 200_000);
            request["overwrite"] = json!(overwrite);
            assert_eq!(peer.ask(request), json!({"ready": true}));
        }
        let mut uploads = Vec::new();
        for (number, mut peer) in peers.into_iter().enumerate() {
            uploads.push(thread::spawn(move || {
                peer.send_raw(&contents(number));
                let reply = peer.ask(json!({"sha256": sha256(&contents(number))}));
                peer.assert_in_step();
                kind(&reply)
            }));
        }
        let replies: Vec<_> =
            uploads.into_iter().map(|upload| upload.join().unwrap()).collect();
        let stored: Vec<_> = (0..8).filter(|at| replies[*at].is_none()).collect();
        let lost = replies.iter().flatten();
        assert!(lost.clone().all(|kind| kind == "exists"));
        assert_eq!(stored.len(), if overwrite { 8 } else { 1 });
        let file = share.read("a.bin");
        assert!(stored.iter().any(|number| file == contents(*number)));
        assert_eq!(share.names(), ["a.bin"]);
    }
}

#[test]
fn a_client_that_dies_at_any_byte_leaves_no_rest() {
    let share = Temp::new();
    let addr = server(&share);
    let mut bytes = Vec::new();
    let request = put("a.txt", 5).to_string();
    custom_header::write_frame(&mut bytes, request.as_bytes()).unwrap();
    bytes.extend_from_slice(b"hello");
    let trailer = json!({"sha256": sha256(b"hello")}).to_string();
    custom_header::write_frame(&mut bytes, trailer.as_bytes()).unwrap();
    for size in 0..bytes.len() {
        let mut peer = Peer::connect(addr);
        peer.send_raw(&bytes[..size]);
        match size % 2 {
            0 => peer.0.shutdown(Shutdown::Write).unwrap(),
            _ => continue, // closed at once, and reset if the reply is there
        }
        // The server closes when it is done with this client.
        peer.0.read_to_end(&mut Vec::new()).unwrap();
        assert!(share.names().iter().all(|name| name.starts_with(".part-")));
    }
    wait_until("no rest is left", || share.names().is_empty());
    Peer::connect(addr).assert_in_step();
}

#[test]
fn a_wrong_request_is_refused_and_the_next_one_answered() {
    let share = Temp::new();
    share.write("a", "hello");
    let mut peer = Peer::connect(server(&share));
    let bad: [&[u8]; 16] = [
        b"",
        b"\xff",
        b"{",
        b"null",
        b"[]",
        b"{}",
        br#"{"op": 5}"#,
        br#"{"op": "rm", "filename": "a"}"#,
        br#"{"op": "get"}"#,
        br#"{"op": "get", "filename": 5}"#,
        br#"{"op": "get", "filename": "a", "offset": -1}"#,
        br#"{"op": "get", "filename": "a", "offset": 1.5}"#,
        br#"{"op": "get", "filename": "a", "offset": null}"#,
        br#"{"op": "put", "filename": "b", "total_size": "5", "overwrite": true}"#,
        br#"{"op": "put", "filename": "b", "total_size": 5, "overwrite": 1}"#,
        br#"{"op": "put", "filename": "b", "overwrite": true}"#,
    ];
    for bytes in bad {
        custom_header::write_frame(&mut peer.0, bytes).unwrap();
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(kind(&peer.receive()).unwrap(), "bad_request", "{text}");
    }
    let nested = [b"{\"op\":".to_vec(), vec![b'['; 60_000]].concat();
    custom_header::write_frame(&mut peer.0, &nested).unwrap();
    assert_eq!(kind(&peer.receive()).unwrap(), "bad_request");
    assert_eq!(peer.ask(json!({"op": "ls", "more": [1]}))["truncated"], false);
}

#[test]
fn a_frame_over_the_limit_gets_an_answer_and_then_the_end() {
    let share = Temp::new();
    let addr = server(&share);
    for length in [65_537_u32, u32::MAX] {
        let mut peer = Peer::connect(addr);
        peer.send_raw(&length.to_be_bytes());
        // More than the server takes in one read: unread, it would make a reset.
        peer.send_raw(&[b'x'; 300_000]);
        assert_eq!(kind(&peer.receive()).unwrap(), "bad_request");
        assert_eq!(peer.receive(), Value::Null);
    }
    let mut peer = Peer::connect(addr);
    peer.ask(put("a.txt", 5));
    peer.send_raw(b"hello\xff\xff\xff\xff");
    assert_eq!(kind(&peer.receive()).unwrap(), "bad_request");
    assert_eq!(peer.receive(), Value::Null);
    wait_until("no rest is left", || share.names().is_empty());
}

#[test]
fn one_byte_at_a_time_is_the_same_as_all_at_once() {
    let share = Temp::new();
    let mut peer = Peer::connect(server(&share));
    peer.0.set_nodelay(true).unwrap();
    let slowly = |bytes: &[u8], peer: &mut Peer| {
        bytes.iter().for_each(|byte| peer.send_raw(&[*byte]));
    };
    let mut frame = Vec::new();
    custom_header::write_frame(&mut frame, put("a", 5).to_string().as_bytes())
        .unwrap();
    slowly(&frame, &mut peer);
    assert_eq!(peer.receive(), json!({"ready": true}));
    slowly(b"hello", &mut peer);
    frame.clear();
    let trailer = json!({"sha256": sha256(b"hello")}).to_string();
    custom_header::write_frame(&mut frame, trailer.as_bytes()).unwrap();
    slowly(&frame, &mut peer);
    assert!(peer.receive()["stored"].is_string());
}

#[test]
fn requests_sent_before_the_answers_are_answered_in_order() {
    let share = Temp::new();
    share.write("a", "hello");
    let mut peer = Peer::connect(server(&share));
    peer.send(get("a", 4));
    peer.send(json!({"op": "ls"}));
    peer.send(get("nosuch", 0));
    peer.0.shutdown(Shutdown::Write).unwrap();
    assert_eq!(peer.receive()["total_size"], 5);
    assert_eq!(peer.receive_raw(1), b"o");
    assert_eq!(peer.receive()["sha256"], sha256(b"hello"));
    assert!(peer.receive()["files"].is_array());
    assert_eq!(kind(&peer.receive()).unwrap(), "not_found");
    assert_eq!(peer.receive(), Value::Null);
}

#[test]
fn a_hundred_clients_at_once_are_served() {
    let share = Temp::new();
    share.write("a", vec![b'x'; 100_000]);
    let addr = server(&share);
    let mut silent: Vec<_> = (0..50).map(|_| Peer::connect(addr)).collect();
    thread::scope(|scope| {
        for number in 0..50 {
            scope.spawn(move || {
                let mut peer = Peer::connect(addr);
                peer.ask(get("a", 0));
                peer.receive_raw(100_000);
                peer.receive();
                let name = format!("upload {number}");
                assert!(peer.put(&name, name.as_bytes())["stored"].is_string());
            });
        }
    });
    silent[49].assert_in_step();
    assert_eq!(share.names().len(), 51);
}

#[test]
fn a_silent_client_is_dropped_and_its_upload_removed() {
    let share = Temp::new();
    let addr = server_with(&share, u64::MAX, Duration::from_millis(300));
    assert_eq!(Peer::connect(addr).receive(), Value::Null);
    let mut peer = Peer::connect(addr);
    peer.ask(put("a.txt", 5));
    peer.send_raw(b"hell");
    assert_eq!(peer.receive(), Value::Null);
    wait_until("no rest is left", || share.names().is_empty());
}

#[test]
fn a_client_that_takes_nothing_is_dropped() {
    let share = Temp::new();
    File::create(share.join("big")).unwrap().set_len(64 << 20).unwrap();
    let addr = server_with(&share, u64::MAX, Duration::from_millis(300));
    let mut peer = Peer::connect(addr);
    peer.ask(get("big", 0));
    // The buffers of both sides fill; then the server's next write waits, and ends.
    // What is in them still arrives, and then the end.
    let mut stream = peer.0.try_clone().unwrap();
    wait_until("the server has closed", || {
        peer.0.set_nonblocking(true).unwrap();
        let gone = stream.write_all(b"x").is_err();
        peer.0.set_nonblocking(false).unwrap();
        gone
    });
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < 64 << 20);
}

#[test]
fn a_slow_client_that_moves_is_not_dropped() {
    let share = Temp::new();
    let addr = server_with(&share, u64::MAX, Duration::from_millis(1500));
    let mut peer = Peer::connect(addr);
    peer.ask(put("a.txt", 5));
    let (_sender, never) = mpsc::channel::<()>();
    for byte in b"hello" {
        peer.send_raw(&[*byte]);
        assert!(never.recv_timeout(Duration::from_millis(400)).is_err());
    }
    assert!(peer.ask(json!({"sha256": sha256(b"hello")}))["stored"].is_string());
}

/// A file that is larger than all buffers between the server and a client that does
/// not read, of which the header and a little has come.
fn blocked_get(share: &Temp) -> (Peer, usize) {
    const SIZE: usize = 24 << 20;
    File::create(share.join("big")).unwrap().set_len(SIZE as u64).unwrap();
    let mut peer = Peer::connect(server(share));
    assert_eq!(peer.ask(get("big", 0))["total_size"], SIZE);
    peer.receive_raw(1);
    (peer, SIZE - 1)
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_sent_ends_too_soon() {
    let share = Temp::new();
    let (mut peer, left) = blocked_get(&share);
    OpenOptions::new()
        .write(true)
        .open(share.join("big"))
        .unwrap()
        .set_len(1)
        .unwrap();
    let mut rest = Vec::new();
    peer.0.read_to_end(&mut rest).unwrap();
    assert!(rest.len() < left);
}

#[test]
fn a_file_that_grows_while_it_is_sent_gets_an_error_for_a_digest() {
    let share = Temp::new();
    let (mut peer, left) = blocked_get(&share);
    let mut file = OpenOptions::new().append(true).open(share.join("big")).unwrap();
    file.write_all(b"more").unwrap();
    peer.receive_raw(left);
    assert_eq!(kind(&peer.receive()).unwrap(), "io");
    assert_eq!(peer.receive(), Value::Null);
}
