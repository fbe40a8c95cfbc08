//! What must hold of lesson 7's client, whatever its server is like.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, SystemTime};

use common::{Peer, client, options, server, sha256};
use file_transfer::{Client, Command, Disturbance, Failure};
use scene::Temp;
use serde_json::{Value, json};

/// A server that does as the test likes, with one connection.
fn fake(act: impl FnOnce(Peer) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || act(Peer::new(listener.accept().unwrap().0)));
    addr
}

/// A server that sends these bytes as the file `a.txt`, then this digest.
fn sends(contents: &'static [u8], digest: String) -> SocketAddr {
    fake(move |mut peer| {
        peer.receive();
        let size = contents.len();
        peer.send(json!({"filename": "a.txt", "total_size": size, "offset": 0}));
        peer.send_raw(contents);
        peer.send(json!({"sha256": digest}));
        peer.receive();
    })
}

#[track_caller]
fn text<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_put_can_be_listed_and_fetched() {
    let (share, here, into) = (Temp::new(), Temp::new(), Temp::new());
    let contents = vec![b'x'; 300_000];
    here.write("a b.bin", &contents);
    let mut client = client(server(&share), &into);
    let done = client.put(&here.join("a b.bin")).unwrap();
    assert_eq!(done.sha256, sha256(&contents));
    let files = vec![("a b.bin".to_string(), 300_000)];
    assert_eq!(client.ls().unwrap(), (files, false));
    let done = client.get("a b.bin").unwrap();
    assert_eq!((done.total_size, done.kept), (300_000, 0));
    assert_eq!(done.sha256, sha256(&contents));
    assert!(into.read("a b.bin") == contents);
    assert_eq!(into.names(), ["a b.bin"]);
}

#[test]
fn nothing_here_is_replaced_unless_asked_for() {
    let (share, into) = (Temp::new(), Temp::new());
    share.write("a.txt", "new");
    into.write("a.txt", "old");
    let addr = server(&share);
    assert!(text(client(addr, &into).get("a.txt")).contains("already"));
    assert_eq!(into.read("a.txt"), b"old");
    let mut options = options(&into);
    options.force = true;
    Client::connect(addr, options).unwrap().get("a.txt").unwrap();
    assert_eq!(into.read("a.txt"), b"new");
    assert_eq!(into.names(), ["a.txt"]);
}

#[test]
fn a_part_of_any_size_is_continued() {
    let (share, into) = (Temp::new(), Temp::new());
    share.write("a.txt", "hello");
    let mut client = client(server(&share), &into);
    for size in 0..=5 {
        into.write(".part-a.txt", &"hello"[..size]);
        let done = client.get("a.txt").unwrap();
        assert_eq!((done.total_size, done.kept), (5, size as u64));
        assert_eq!(into.read("a.txt"), b"hello");
        assert_eq!(into.names(), ["a.txt"]);
        fs::remove_file(into.join("a.txt")).unwrap();
    }
}

#[test]
fn a_part_of_another_file_is_thrown_away() {
    let (share, into) = (Temp::new(), Temp::new());
    share.write("a.txt", "hello");
    let mut client = client(server(&share), &into);
    for part in ["jell", "HELLO", "hello and more", "x"] {
        into.write(".part-a.txt", part);
        let done = client.get("a.txt").unwrap();
        assert_eq!((done.total_size, done.kept), (5, 0));
        assert_eq!(into.read("a.txt"), b"hello");
        assert_eq!(into.names(), ["a.txt"]);
        fs::remove_file(into.join("a.txt")).unwrap();
    }
}

#[test]
fn an_interrupted_download_goes_on_where_it_was() {
    let (share, into) = (Temp::new(), Temp::new());
    let cut = fake(|mut peer| {
        peer.receive();
        peer.send(json!({"filename": "a.txt", "total_size": 5, "offset": 0}));
        peer.send_raw(b"hel");
    });
    assert!(text(client(cut, &into).get("a.txt")).contains("after 3 of 5 bytes"));
    assert_eq!(into.names(), [".part-a.txt"]);
    assert_eq!(into.read(".part-a.txt"), b"hel");
    share.write("a.txt", "hello");
    assert_eq!(client(server(&share), &into).get("a.txt").unwrap().kept, 3);
    assert_eq!(into.read("a.txt"), b"hello");
}

#[test]
fn a_refusal_leaves_nothing_and_the_connection_goes_on() {
    let (share, into) = (Temp::new(), Temp::new());
    let mut client = client(server(&share), &into);
    let failure = client.get("../../etc/passwd").unwrap_err();
    assert!(matches!(failure, Failure::Refused(it) if it.kind == "bad_name"));
    let failure = client.get("nosuch").unwrap_err();
    assert!(matches!(failure, Failure::Refused(it) if it.kind == "not_found"));
    for path in ["nosuch", ".", "/"] {
        let failure = client.put(&into.join(path)).unwrap_err();
        assert!(matches!(failure, Failure::Here(_)), "{failure}");
    }
    assert!(into.names().is_empty());
    client.ls().unwrap();
}

#[test]
fn bytes_that_do_not_match_the_digest_get_no_name() {
    let into = Temp::new();
    let addr = sends(b"jello", sha256(b"hello"));
    assert!(text(client(addr, &into).get("a.txt")).contains("digest"));
    assert!(into.names().is_empty());
}

#[test]
fn a_refusal_in_place_of_the_digest_is_the_end_of_the_connection() {
    let into = Temp::new();
    let addr = fake(|mut peer| {
        peer.receive();
        peer.send(json!({"filename": "a.txt", "total_size": 5, "offset": 0}));
        peer.send_raw(b"hello");
        peer.send(json!({"error": {"kind": "io", "message": "it has changed"}}));
    });
    let failure = client(addr, &into).get("a.txt").unwrap_err();
    assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
    assert_eq!(failure.to_string(), "refused (io): it has changed");
    assert_eq!(into.names(), [".part-a.txt"]);
}

#[test]
fn a_changed_byte_is_found_by_the_server() {
    let (share, here) = (Temp::new(), Temp::new());
    here.write("a.txt", "hello");
    let addr = server(&share);
    for corrupt in 0..5 {
        let mut options = options(&here);
        options.disturbance =
            Disturbance { corrupt: Some(corrupt), pause_after: None };
        let mut client = Client::connect(addr, options).unwrap();
        let failure = client.put(&here.join("a.txt")).unwrap_err();
        assert!(
            matches!(failure, Failure::Refused(it) if it.kind == "digest_mismatch")
        );
        assert!(share.names().is_empty());
        client.ls().unwrap();
    }
}

#[test]
fn a_server_that_sends_something_else_is_not_believed() {
    for reply in [
        json!({"filename": "b.txt", "total_size": 5, "offset": 0}),
        json!({"filename": "a.txt", "total_size": 5, "offset": 1}),
        json!({"filename": "a.txt", "total_size": -1, "offset": 0}),
        json!({"filename": "a.txt"}),
        json!([]),
    ] {
        let into = Temp::new();
        let addr = fake(move |mut peer| {
            peer.receive();
            peer.send(reply);
            peer.receive();
        });
        let failure = client(addr, &into).get("a.txt").unwrap_err();
        assert!(
            matches!(failure, Failure::Broken(it) if it.kind() == ErrorKind::InvalidData)
        );
        assert!(into.names().is_empty());
    }
}

#[test]
fn a_file_that_ends_before_the_offset_is_not_believed() {
    let into = Temp::new();
    into.write(".part-a.txt", "hel");
    let addr = fake(|mut peer| {
        assert_eq!(peer.receive()["offset"], 3);
        peer.send(json!({"filename": "a.txt", "total_size": 2, "offset": 3}));
        peer.receive();
    });
    assert!(text(client(addr, &into).get("a.txt")).contains("something else"));
    assert_eq!(into.read(".part-a.txt"), b"hel");
}

#[test]
fn a_path_that_the_server_accepts_still_lands_in_the_folder() {
    let outer = Temp::new();
    let into = Temp(outer.join("into"));
    fs::create_dir(&into.0).unwrap();
    let addr = fake(|mut peer| {
        peer.receive();
        peer.send(json!({"filename": "../evil", "total_size": 1, "offset": 0}));
        peer.send_raw(b"x");
        peer.send(json!({"sha256": sha256(b"x")}));
    });
    let options = options(&into);
    Client::connect(addr, options).unwrap().get("../evil").unwrap();
    assert_eq!(outer.names(), ["into"]);
    assert_eq!(into.names(), ["evil"]);
}

#[test]
fn a_list_with_names_that_are_none_is_not_shown() {
    let into = Temp::new();
    for name in ["../x", "\u{1b}[2J"] {
        let files = json!([{"filename": name, "total_size": 1}]);
        let addr = fake(move |mut peer| {
            peer.receive();
            peer.send(json!({"files": files, "truncated": false}));
        });
        assert!(client(addr, &into).ls().is_err());
    }
}

#[test]
fn the_client_gives_up_on_a_silent_server() {
    let into = Temp::new();
    let addr = fake(|mut peer| {
        peer.0.read_to_end(&mut Vec::new()).unwrap();
    });
    let mut options = options(&into);
    options.idle_timeout = Duration::from_millis(300);
    let failure = Client::connect(addr, options).unwrap().ls().unwrap_err();
    assert_eq!(failure.to_string(), "cannot read: idle for 300ms");
}

#[test]
fn the_server_s_error_is_read_while_there_is_more_to_send() {
    let here = Temp::new();
    File::create(here.join("big")).unwrap().set_len(64 << 20).unwrap();
    let addr = fake(|mut peer| {
        peer.receive();
        peer.send(json!({"ready": true}));
        peer.receive_raw(100_000);
        peer.send(json!({"error": {"kind": "io", "message": "disk full"}}));
        let mut rest = Vec::new();
        let _ = peer.0.read_to_end(&mut rest);
        assert!(rest.len() < 64 << 20);
    });
    let failure = client(addr, &here).put(&here.join("big")).unwrap_err();
    assert!(matches!(failure, Failure::Broken(_)));
    assert_eq!(failure.to_string(), "refused (io): disk full");
}

#[test]
fn a_source_that_changes_while_it_is_sent_is_noticed() {
    for (size, expected) in [(1, "shorter"), ((24 << 20) + 1, "changed")] {
        let here = Temp::new();
        let path = here.join("big");
        let file = File::create(&path).unwrap();
        file.set_len(24 << 20).unwrap();
        let change = path.clone();
        let addr = fake(move |mut peer| {
            peer.receive();
            peer.send(json!({"ready": true}));
            peer.receive_raw(1);
            // The buffers of both sides are full, or soon will be, long before the
            // end.
            let file = OpenOptions::new().write(true).open(change).unwrap();
            file.set_len(size).unwrap();
            let mut rest = Vec::new();
            let _ = peer.0.read_to_end(&mut rest);
            assert!(rest.len() < 24 << 20); // no digest
        });
        assert!(text(client(addr, &here).put(&path)).contains(expected));
    }
}

#[test]
fn a_source_that_changes_and_keeps_its_size_is_noticed() {
    let here = Temp::new();
    here.write("a.txt", "hello");
    let path = here.join("a.txt");
    let addr = fake(move |mut peer| {
        peer.receive();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        peer.send(json!({"ready": true}));
        assert_eq!(peer.receive_raw(5), b"hello");
        assert_eq!(peer.receive(), Value::Null); // no digest
    });
    let failure = client(addr, &here).put(&here.join("a.txt")).unwrap_err();
    assert_eq!(failure.to_string(), "the file has changed while it was read");
}

#[test]
#[cfg(target_os = "linux")]
fn a_source_with_more_bytes_than_its_size_is_not_sent_as_if_it_were_whole() {
    let share = Temp::new();
    let failure =
        client(server(&share), &share).put("/proc/version".as_ref()).unwrap_err();
    assert!(failure.to_string().contains("more than the 0 bytes"), "{failure}");
    scene::wait_until("no rest is left", || share.names().is_empty());
}

#[test]
fn a_name_of_255_bytes_can_be_fetched() {
    let (share, into) = (Temp::new(), Temp::new());
    let name = "你".repeat(85);
    share.write(&name, "hello");
    client(server(&share), &into).get(&name).unwrap();
    assert_eq!(into.names(), [name]);
}

#[test]
#[cfg(unix)]
fn no_link_here_is_followed_when_something_is_fetched() {
    let (share, into) = (Temp::new(), Temp::new());
    share.write("a.txt", "new");
    into.write("other", "old");
    let mut options = options(&into);
    options.force = true;
    let mut client = Client::connect(server(&share), options).unwrap();
    for name in ["a.txt", ".part-a.txt"] {
        std::os::unix::fs::symlink("other", into.join(name)).unwrap();
        assert!(text(client.get("a.txt")).contains("not a regular file"));
        fs::remove_file(into.join(name)).unwrap();
    }
    assert_eq!(into.read("other"), b"old");
}

#[test]
fn what_is_typed_is_understood_or_refused_in_words() {
    assert_eq!(Command::parse("ls", ""), Ok(Command::Ls));
    let get = Command::Get("a b".to_string());
    assert_eq!(Command::parse("get", "a b"), Ok(get));
    for (verb, operand) in [("ls", "x"), ("get", ""), ("put", ""), ("rm", "a")] {
        assert!(Command::parse(verb, operand).is_err());
    }
}

#[test]
#[cfg(unix)]
fn a_part_that_is_a_finished_file_too_is_not_written_into() {
    let (share, here) = (Temp::new(), Temp::new());
    share.write("a.txt", "hello");
    here.write("finished", "old");
    fs::hard_link(here.join("finished"), here.join(".part-a.txt")).unwrap();
    client(server(&share), &here).get("a.txt").unwrap();
    assert_eq!(here.names(), ["a.txt", "finished"]);
    assert_eq!(
        (here.read("a.txt"), here.read("finished")),
        (b"hello".into(), b"old".into())
    );
}
