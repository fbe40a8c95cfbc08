//! What needs the real programs: their ends, their memory, their descriptors, a full
//! disk.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{Peer, get, kind, put, sha256};
use scene::{Running, SmallDisk, Temp, wait_until};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_file-transfer-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_file-transfer-client");

/// The most memory that a program ever had, in KiB.
fn peak_memory(program: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.0.id()));
    let status = status.unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap().trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

/// Starts the server by a shell, and returns its address.
fn server(before: &str, share: &Temp) -> (Running, String) {
    let share = share.0.display();
    let script = format!("{before} exec '{SERVER}' --share '{share}' 127.0.0.1:0");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = Running::start(&mut command);
    let addr = program.listening_on();
    // So that it never waits for us to read.
    let mut stdout = program.0.stdout.take().unwrap();
    std::thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
    (program, addr)
}

fn peer(addr: &str) -> Peer {
    Peer::new(TcpStream::connect(addr).unwrap())
}

fn client(folder: &Temp, args: &[&str]) -> Command {
    let mut command = Command::new(CLIENT);
    command.current_dir(&folder.0).args(args).stdin(Stdio::null());
    command
}

fn run(folder: &Temp, args: &[&str]) -> Output {
    client(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A transfer that waits in its middle until it is killed.
fn paused(folder: &Temp, args: &[&str]) -> Running {
    let mut command = client(folder, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = Running::start(&mut command);
    let mut line = String::new();
    BufReader::new(program.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("paused after "), "{line}");
    program
}

#[test]
fn a_client_that_is_killed_leaves_no_rest_and_no_thread() {
    let (share, here) = (Temp::new(), Temp::new());
    let (server, addr) = server("", &share);
    let before = (server.count("task"), server.count("fd"));
    here.write("big", vec![b'x'; 300_000]);
    let uploads: Vec<_> = (0..10)
        .map(|_| paused(&here, &["--pause-after", "200000", &addr, "put", "big"]))
        .collect();
    assert_eq!(share.names().len(), 10);
    drop(uploads); // kill -9
    wait_until("all threads have ended", || {
        (server.count("task"), server.count("fd")) == before
    });
    assert!(share.names().is_empty());
}

#[test]
fn what_a_killed_server_leaves_goes_when_the_next_one_starts_and_nothing_else() {
    let (share, here) = (Temp::new(), Temp::new());
    share.write(".part-a.txt", "a client's");
    here.write("big", vec![b'x'; 300_000]);
    let (killed, addr) = server("", &share);
    let _upload = paused(&here, &["--pause-after", "200000", &addr, "put", "big"]);
    assert_eq!(share.names().len(), 2);
    let _second = server("", &share);
    assert_eq!(share.names().len(), 2, "it is being written");
    drop(killed); // kill -9
    assert_eq!(share.names().len(), 2);
    let _third = server("", &share);
    assert_eq!(share.names(), [".part-a.txt"]);
}

/// The administrator opens them all, so it says something for others only.
#[test]
fn a_rest_that_cannot_be_opened_keeps_no_other_one() {
    let share = Temp::new();
    for number in 0..20 {
        let name = format!(".part--1-{number}");
        share.write(&name, "");
        let mode = if number % 2 == 0 { 0o000 } else { 0o644 };
        let path = share.0.join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let _server = server("", &share);
    let odd = (0..20).step_by(2).map(|number| format!(".part--1-{}", number + 1));
    let names = share.names();
    assert!(odd.into_iter().all(|name| !names.contains(&name)), "{names:?}");
}

#[test]
fn two_that_fetch_one_file_into_one_folder_do_not_mix_it() {
    let (share, here) = (Temp::new(), Temp::new());
    let (_server, addr) = server("", &share);
    share.write("big", vec![b'x'; 300_000]);
    let first = paused(&here, &["--pause-after", "200000", &addr, "get", "big"]);
    share.write("big", vec![b'y'; 300_000]);
    let second = run(&here, &[&addr, "get", "big"]);
    assert!(text(&second.stderr).contains(".part-big is in use"), "{second:?}");
    assert_eq!(here.names(), [".part-big"]);
    drop(first);
    assert!(run(&here, &[&addr, "get", "big"]).status.success());
    assert!(here.read("big") == vec![b'y'; 300_000]);
}

#[test]
fn a_download_that_is_killed_goes_on_the_next_time() {
    let (share, here) = (Temp::new(), Temp::new());
    let (_server, addr) = server("", &share);
    share.write("big", vec![b'x'; 300_000]);
    drop(paused(&here, &["--pause-after", "200000", &addr, "get", "big"]));
    assert_eq!(here.names(), [".part-big"]);
    let output = run(&here, &[&addr, "get", "big"]);
    assert!(text(&output.stdout).contains("200000 were here already"));
    assert_eq!(here.names(), ["big"]);
    assert!(here.read("big") == vec![b'x'; 300_000]);
}

#[test]
fn a_refusal_is_said_and_the_status_is_1() {
    let (share, here) = (Temp::new(), Temp::new());
    let (_server, addr) = server("", &share);
    let output = run(&here, &[&addr, "get", "../../etc/passwd"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("refused (bad_name): "));
    for bad in [["get"].as_slice(), &["ls", "x"], &["rm", "a"], &["--nope"]] {
        assert_eq!(run(&here, bad).status.code(), Some(2), "{bad:?}");
    }
}

#[test]
fn what_is_typed_is_done_line_by_line_and_a_refusal_ends_nothing() {
    let (share, here) = (Temp::new(), Temp::new());
    let (_server, addr) = server("", &share);
    here.write("a b.txt", "hello");
    let mut command = client(&here, &[&addr]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = b"put a b.txt\nget nosuch\n\nfoo\nls\nquit\nls\n";
    child.stdin.take().unwrap().write_all(lines).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.starts_with("put a b.txt: 5 bytes in "), "{out}");
    assert!(out.ends_with("\n           5 a b.txt\n"), "{out}");
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(err.contains("(not_found)") && err.contains("expected ls, get NAME"));
}

#[test]
fn memory_does_not_grow_with_the_file() {
    const SIZE: u64 = 24 << 20;
    const LIMIT: u64 = 16 * 1024;
    let (share, here) = (Temp::new(), Temp::new());
    let (server, addr) = server("", &share);
    File::create(share.join("big")).unwrap().set_len(SIZE).unwrap();
    let last = (SIZE - 1).to_string();
    let download = paused(&here, &["--pause-after", &last, &addr, "get", "big"]);
    assert!(peak_memory(&download) < LIMIT && peak_memory(&server) < LIMIT);
    drop(download);
    fs::rename(share.join("big"), here.join("up")).unwrap();
    let upload = paused(&here, &["--pause-after", &last, &addr, "put", "up"]);
    assert!(peak_memory(&upload) < LIMIT && peak_memory(&server) < LIMIT);
}

#[test]
fn a_full_disk_is_said_on_both_sides_and_leaves_no_rest() {
    let (share, here) = (Temp::new(), Temp::new());
    let Some(_disk) = SmallDisk::mount(&share) else { return };
    let script =
        format!("exec '{SERVER}' --share '{}' 127.0.0.1:0 2>&1", share.0.display());
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = Running::start(&mut command);
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let mut said = |what: &str| {
        lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(what))
            .unwrap()
    };
    let addr = said("listening").strip_prefix("listening on ").unwrap().to_string();

    here.write("big", vec![b'x'; 20 << 20]);
    let output = run(&here, &[&addr, "put", "big"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("refused (io): cannot write: No space"), "{error}");
    said("cannot write: No space left on device");
    wait_until("no rest is left", || share.names().is_empty());

    // A client that looks for an answer only when it has sent everything.
    let mut peer = peer(&addr);
    peer.ask(put("big", 20 << 20));
    peer.send_raw(&vec![b'x'; 20 << 20]);
    assert_eq!(kind(&peer.receive()).unwrap(), "io");
    assert_eq!(peer.receive(), Value::Null);

    here.write("small", "fits");
    assert!(run(&here, &[&addr, "put", "small"]).status.success());
    assert_eq!(share.names(), ["small"]);
}

#[test]
fn a_full_disk_on_the_client_s_side_is_said_and_gives_no_name() {
    let (share, here) = (Temp::new(), Temp::new());
    let Some(_disk) = SmallDisk::mount(&here) else { return };
    let (_server, addr) = server("", &share);
    share.write("big", vec![b'x'; 2 << 20]);
    let output = run(&here, &[&addr, "get", "big"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("cannot write the file: No space left"), "{error}");
    assert_eq!(here.names(), [".part-big"]);
}

#[test]
fn survives_without_descriptors_and_serves_when_there_are_some() {
    let share = Temp::new();
    share.write("a", "hello");
    let (server, addr) = server("ulimit -n 20; exec 2>/dev/null;", &share);
    let mut peers: Vec<_> = (0..40).map(|_| peer(&addr)).collect();
    // Not by their count: what is inherited may have numbers beyond the limit.
    let fds = format!("/proc/{}/fd", server.0.id());
    let in_use = |fd: i32| Path::new(&format!("{fds}/{fd}")).is_symlink();
    wait_until("all descriptors are in use", || (0..20).all(in_use));
    // With a connection but without a descriptor for the file: an error, in step.
    let reply = peers[0].ask(get("a", 0));
    assert_eq!(kind(&reply).as_deref(), Some("io"), "{reply}");
    let message = reply["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("cannot open: "), "{message}");
    let mut last = peers.pop().unwrap();
    drop(peers);
    // Listing takes a descriptor, too, and the others are closed one by one.
    wait_until("it lists again", || {
        last.ask(json!({"op": "ls"}))["files"].is_array()
    });
}

#[test]
fn a_file_that_is_refused_for_want_of_a_descriptor_is_not_there() {
    let share = Temp::new();
    let (server, addr) = server("ulimit -n 20; exec 2>/dev/null;", &share);
    let fds = format!("/proc/{}/fd", server.0.id());
    let is_free = |fd: &i32| !Path::new(&format!("{fds}/{fd}")).is_symlink();
    let mut peers = Vec::new();
    while (0..20).filter(is_free).count() > 3 {
        let mut peer = peer(&addr);
        assert_eq!(peer.refused(put("..", 0)), "bad_name"); // so it is accepted
        peers.push(peer);
    }
    // Temporary files take those that are left, and `accept`, which waits, has one.
    assert_eq!(peers[0].ask(put("a", 5)), json!({"ready": true}));
    let mut others = peers[1..].iter_mut();
    assert!(others.any(|peer| kind(&peer.ask(put("b", 5))).is_some()));
    // None is left to open the folder with.
    peers[0].send_raw(b"hello");
    let reply = peers[0].ask(json!({"sha256": sha256(b"hello")}));
    assert_eq!(kind(&reply).as_deref(), Some("io"), "{reply}");
    assert!(!share.names().contains(&"a".into()), "refused, and yet there");
}

#[test]
fn a_server_whose_complaints_nobody_hears_serves_on() {
    let share = Temp::new();
    let (_server, addr) = server("exec 2>/dev/full;", &share);
    peer(&addr).send_raw(b"\xff");
    peer(&addr).send_raw(b"\xff\xff\xff\xff");
    peer(&addr).assert_in_step();
}

// Stopped and continued.

#[test]
fn a_server_that_is_stopped_and_goes_on_keeps_its_client() {
    const SIZE: usize = 20_000_000;
    let share = Temp::new();
    share.write("big", vec![b'x'; SIZE]);
    let (server, addr) = server("", &share);
    let mut peer = peer(&addr);
    peer.assert_in_step();
    server.stop_and_continue(); // in a read
    assert_eq!(peer.ask(get("big", 0))["total_size"], SIZE);
    server.stop_and_continue(); // in a write: the buffers of both sides are full
    let contents = peer.receive_raw(SIZE);
    assert_eq!(peer.receive()["sha256"], sha256(&contents));
}

#[test]
fn a_client_that_is_stopped_and_goes_on_still_waits_for_its_answer() {
    let here = Temp::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let mut command = client(&here, &["--idle-timeout", "1000", &addr, "get", "a"]);
    let mut client = Running::start(&mut command);
    let mut peer = Peer::new(listener.accept().unwrap().0);
    assert_eq!(peer.receive(), get("a", 0));
    client.stop_and_continue();
    peer.send(json!({"filename": "a", "total_size": 5, "offset": 0}));
    peer.send_raw(b"hel");
    client.stop_and_continue();
    peer.send_raw(b"lo");
    peer.send(json!({"sha256": sha256(b"hello")}));
    assert!(client.0.wait().unwrap().success());
    assert_eq!(here.read("a"), b"hello");
}
