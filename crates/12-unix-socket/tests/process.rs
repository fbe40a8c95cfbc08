//! What needs the real programs: signals, permissions, descriptors.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{assert_serves_the_next, client};
use scene::{Running, Temp, wait_until};
use unix_socket::ask;

const SERVER: &str = env!("CARGO_BIN_EXE_unix-socket-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_unix-socket-client");

/// The exit status, and what it has printed since it began to listen.
fn end(mut server: Running) -> (Option<i32>, String) {
    let mut rest = String::new();
    server.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    (server.0.wait().unwrap().code(), rest)
}

/// Starts a server by a shell.
fn server(before: &str, options: &str, path: &Path) -> Running {
    let script = format!("{before} exec '{SERVER}' {options} '{}'", path.display());
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = Running::start(&mut command);
    program.listening_on();
    program
}

fn run(program: &str, path: &Path) -> Output {
    Command::new(program).arg(path).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_signal_ends_it_with_0_and_nothing_is_left() {
    for name in ["INT", "TERM", "HUP"] {
        let temp = Temp::new();
        let server = server("", "", &temp.join("s"));
        server.signal(name);
        let expected =
            "ending, conversations left: 0\nended, conversations cut: 0\n";
        assert_eq!(end(server), (Some(0), expected.to_string()), "SIG{name}");
        assert!(temp.names().is_empty());
    }
}

#[test]
fn a_second_signal_cuts_and_the_client_learns_of_it() {
    let temp = Temp::new();
    let path = temp.join("s");
    let server = server("", "--grace 1000", &path);
    let mut stream = client(&path);
    assert_eq!(ask(&mut stream, b"one").unwrap(), b"ONE");
    server.signal("TERM");
    wait_until("the file is gone", || !path.exists());
    assert_eq!(ask(&mut stream, b"two").unwrap(), b"TWO");
    server.signal("TERM");
    let (status, printed) = end(server);
    assert_eq!(status, Some(0));
    assert!(printed.ends_with("ended, conversations cut: 1\n"), "{printed}");
    assert_eq!(scene::uninterrupted(|| stream.read(&mut [0])).unwrap(), 0);
}

#[test]
fn with_a_grace_of_0_conversations_are_cut_at_once() {
    let temp = Temp::new();
    let path = temp.join("s");
    let server = server("", "--grace 0", &path);
    let mut stream = client(&path);
    assert_eq!(ask(&mut stream, b"one").unwrap(), b"ONE");
    server.signal("TERM");
    let (status, printed) = end(server);
    assert_eq!(status, Some(0));
    let cut = "ending, conversations left: 1\nended, conversations cut: 1\n";
    assert!(printed.ends_with(cut), "{printed}");
}

#[test]
fn who_waits_for_the_lock_says_so_and_a_signal_ends_the_wait() {
    let temp = Temp::new();
    let path = temp.join("s");
    let folder = File::open(&temp.0).unwrap();
    folder.lock().unwrap();
    let mut command = Command::new(SERVER);
    command.arg(&path).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut servers = [(); 2].map(|()| Running::start(&mut command));
    for server in &mut servers {
        let mut line = String::new();
        let stderr = server.0.stderr.as_mut().unwrap();
        BufReader::new(stderr).read_line(&mut line).unwrap();
        let expected = "unix-socket-server: waiting for the lock of the folder of ";
        assert!(line.starts_with(expected), "{line}");
    }
    let [mut impatient, mut patient] = servers;
    impatient.signal("TERM");
    assert_eq!(impatient.0.wait().unwrap().code(), None);
    assert!(temp.names().is_empty());
    drop(folder); // unlocked
    assert_eq!(Path::new(&patient.listening_on()), path);
}

#[test]
fn a_killed_server_leaves_its_file_and_the_next_one_takes_its_place() {
    let temp = Temp::new();
    let path = temp.join("s");
    let mut killed = server("", "", &path);
    killed.kill();
    assert_eq!(temp.names(), ["s"]);
    let _next = server("", "", &path);
    assert_serves_the_next(&path);
}

#[test]
fn a_second_server_is_refused_and_the_first_one_goes_on() {
    let temp = Temp::new();
    let path = temp.join("s");
    let _first = server("", "", &path);
    let second = run(SERVER, &path);
    let stderr = text(&second.stderr);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        stderr.contains(": bind: Address already in use (os error "),
        "{stderr}"
    );
    assert!(stderr.contains("\n  A server listens there already."), "{stderr}");
    assert_serves_the_next(&path);
}

#[test]
fn the_umask_does_not_open_the_socket_for_others() {
    let temp = Temp::new();
    let path = temp.join("s");
    let _server = server("umask 0;", "", &path);
    let mode = path.symlink_metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn without_a_path_both_take_the_one_in_the_users_folder() {
    let temp = Temp::new();
    let (folder, path) = (temp.0.display(), temp.join("unix-socket.sock"));
    let script = format!("XDG_RUNTIME_DIR='{folder}' exec '{SERVER}'");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdout(Stdio::piped());
    let mut server = Running::start(&mut command);
    assert_eq!(Path::new(&server.listening_on()), path);
    let mut client = Command::new(CLIENT);
    client.env("XDG_RUNTIME_DIR", &temp.0).stdin(Stdio::null());
    assert!(client.status().unwrap().success());
}

#[test]
fn the_client_says_what_to_do_where_nobody_listens() {
    let temp = Temp::new();
    let path = temp.join("s");
    let missing = text(&run(CLIENT, &path).stderr);
    assert!(missing.contains("Start the server first"), "{missing}");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let refused = text(&run(CLIENT, &path).stderr);
    assert!(refused.contains("has left the file"), "{refused}");
}

#[test]
#[cfg(target_os = "linux")]
fn survives_without_descriptors_and_serves_again_when_there_are_some() {
    let temp = Temp::new();
    let path = temp.join("s");
    let _server = server("exec 2>/dev/null; ulimit -n 12;", "", &path);
    let many: Vec<_> = (0..40).map(|_| client(&path)).collect();
    drop(many);
    assert_serves_the_next(&path);
}

#[test]
#[cfg(target_os = "linux")]
fn a_bad_client_does_not_end_a_server_whose_complaints_nobody_hears() {
    let temp = Temp::new();
    let path = temp.join("s");
    let _server = server("exec 2>/dev/full;", "", &path);
    for _ in 0..20 {
        let mut rude = client(&path);
        std::io::Write::write_all(&mut rude, b"hello").unwrap();
    }
    assert_serves_the_next(&path);
}
