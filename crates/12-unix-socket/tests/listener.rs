//! What stands at a path, and what becomes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use common::{assert_serves_the_next, server};
use scene::{Temp, wait_until};
use unix_socket::{Listener, connect};

fn bind_error(path: &Path) -> ErrorKind {
    Listener::bind(path).unwrap_err().kind()
}

/// Leaves a file as a server does that is killed.
fn leave_dead(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    // A child of this process that another test starts has it, too, until it is another
    // program.
    wait_until("nobody listens", || connect(path).is_err());
    assert!(path.exists());
}

#[test]
fn the_file_is_a_socket_for_its_owner_alone() {
    let temp = Temp::new();
    let path = temp.join("s");
    let _listener = Listener::bind(&path).unwrap();
    let seen = path.symlink_metadata().unwrap();
    assert!(seen.file_type().is_socket());
    assert_eq!(seen.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_dead_servers_file_is_replaced() {
    let temp = Temp::new();
    let path = temp.join("s");
    leave_dead(&path);
    assert_eq!(connect(&path).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    server(&path, common::LIMIT);
    assert_serves_the_next(&path);
    assert_eq!(temp.names(), ["s"]);
}

#[test]
fn a_live_server_is_not_replaced() {
    let temp = Temp::new();
    let path = temp.join("s");
    server(&path, common::LIMIT);
    for _ in 0..10 {
        assert_eq!(bind_error(&path), ErrorKind::AddrInUse);
    }
    assert_serves_the_next(&path);
}

#[test]
#[cfg(target_os = "linux")] // other systems refuse when the queue is full
fn a_live_server_that_is_too_busy_is_not_replaced() {
    use socket2::{Domain, SockAddr, Socket, Type};
    let temp = Temp::new();
    let path = temp.join("s");
    let busy = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    busy.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    busy.listen(0).unwrap();
    let _waiting = connect(&path).unwrap(); // the queue is full now
    assert_eq!(bind_error(&path), ErrorKind::AddrInUse);
    assert_eq!(temp.names(), ["s"]);
    let (accepted, _) = busy.accept().unwrap();
    drop(accepted);
    connect(&path).unwrap(); // it is reachable as before
}

#[test]
fn what_is_no_socket_is_never_touched() {
    let temp = Temp::new();
    let (file, folder) = (temp.join("file"), temp.join("folder"));
    fs::write(&file, "precious").unwrap();
    fs::create_dir(&folder).unwrap();
    leave_dead(&temp.join("dead"));
    let _live = UnixListener::bind(temp.join("live")).unwrap();
    for name in ["file", "folder", "dead", "live", "nowhere"] {
        symlink(temp.join(name), temp.join(&format!("to-{name}"))).unwrap();
    }
    let before = temp.names();
    for name in &before {
        if !["dead", "live"].contains(&name.as_str()) {
            let kind = bind_error(&temp.join(name));
            assert_eq!(kind, ErrorKind::AlreadyExists, "{name}");
        }
    }
    assert_eq!(temp.names(), before);
    assert_eq!(fs::read(&file).unwrap(), b"precious");
}

#[test]
fn a_live_socket_of_another_kind_is_not_replaced() {
    let temp = Temp::new();
    let path = temp.join("s");
    let datagrams = UnixDatagram::bind(&path).unwrap();
    assert_eq!(bind_error(&path), ErrorKind::AddrInUse);
    UnixDatagram::unbound().unwrap().send_to(b"still there", &path).unwrap();
    let mut buffer = [0; 16];
    assert_eq!(datagrams.recv(&mut buffer).unwrap(), 11);
}

#[test]
fn a_path_that_is_too_long_is_refused_with_the_limit() {
    let limit = if cfg!(target_os = "linux") { 107 } else { 103 };
    let temp = Temp::new();
    let left = limit - temp.0.as_os_str().len() - 1;
    let path = temp.join(&"x".repeat(left));
    assert_eq!(path.as_os_str().len(), limit);
    server(&path, common::LIMIT);
    assert_serves_the_next(&path);

    for path in [temp.join(&"x".repeat(left + 1)), PathBuf::from("")] {
        let size = path.as_os_str().len();
        let expected = format!("a path of {size} bytes, expected 1 to {limit}");
        assert_eq!(Listener::bind(&path).unwrap_err().to_string(), expected);
        assert_eq!(connect(&path).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_folder_that_is_missing_is_said() {
    let temp = Temp::new();
    let error = Listener::bind(&temp.join("no/s")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().starts_with("cannot open the folder: "), "{error}");
}

#[test]
fn a_file_or_a_fifo_in_place_of_the_folder_is_said_at_once() {
    let temp = Temp::new();
    let fifo = temp.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for place in [fifo, temp.write("file", "")] {
        assert_eq!(bind_error(&place.join("s")), ErrorKind::NotADirectory);
    }
}

#[test]
fn of_servers_that_start_at_once_exactly_one_listens() {
    let temp = Temp::new();
    let path = temp.join("s");
    for _ in 0..100 {
        leave_dead(&path);
        let start = Barrier::new(4);
        let started: Vec<_> = thread::scope(|scope| {
            let bind = || {
                start.wait();
                Listener::bind(&path)
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(bind)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        connect(&path).unwrap();
        let (live, refused): (Vec<_>, Vec<_>) =
            started.into_iter().partition(Result::is_ok);
        assert_eq!((live.len(), refused.len()), (1, 3));
        for error in refused {
            assert_eq!(error.unwrap_err().kind(), ErrorKind::AddrInUse);
        }
        live.into_iter().for_each(|listener| listener.unwrap().remove().unwrap());
        assert!(temp.names().is_empty());
    }
}

#[test]
fn only_what_it_has_made_is_removed() {
    let temp = Temp::new();
    let path = temp.join("s");
    let first = Listener::bind(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let _second = Listener::bind(&path).unwrap();
    first.remove().unwrap();
    assert_eq!(temp.names(), ["s"]);
    connect(&path).unwrap();

    fs::remove_file(&path).unwrap();
    first.remove().unwrap(); // nothing is there
    fs::write(&path, "precious").unwrap();
    first.remove().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}
