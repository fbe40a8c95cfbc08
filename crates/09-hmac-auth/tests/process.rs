//! What needs the real programs: where the key comes from, and what is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use scene::{Running, Temp};

const SERVER: &str = env!("CARGO_BIN_EXE_hmac-auth-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_hmac-auth-client");
const KEY: &str = "0123456789abcdef"; // the shortest that is taken

/// A file in a folder of its own, removed at the end.
struct File(PathBuf, #[expect(dead_code, reason = "is dropped")] Temp);

impl File {
    fn new(contents: impl AsRef<[u8]>) -> Self {
        let folder = Temp::new();
        let file = File(folder.write("key", contents), folder);
        file.allow(0o600);
        file
    }

    fn allow(&self, mode: u32) {
        fs::set_permissions(&self.0, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env_remove("HMAC_AUTH_KEY").stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts a server, and returns its address.
fn listening(mut command: Command) -> (Running, String) {
    let mut program = Running::start(&mut command);
    let addr = program.listening_on();
    (program, addr)
}

fn server(key: &[u8]) -> (Running, String) {
    let file = File::new(key);
    listening(command(SERVER, &["--key-file", file.path(), "127.0.0.1:0"]))
}

/// Types `hello` into a client.
fn hello(command: &mut Command) -> Output {
    let mut program = command.spawn().unwrap();
    // Who has ended already does not read it.
    let _ = program.stdin.take().unwrap().write_all(b"hello\n");
    program.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Fails unless both programs say this about their key, exit 1, and do nothing else:
/// the address would answer a client.
#[track_caller]
fn assert_refused(args: &[&str], variable: Option<&str>, expected: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    for program in [SERVER, CLIENT] {
        let mut command = command(program, args);
        command.arg(&addr).envs(variable.map(|key| ("HMAC_AUTH_KEY", key)));
        let output = command.output().unwrap();
        let name = program.rsplit('/').next().unwrap();
        assert_eq!(text(&output.stderr), format!("{name}: {expected}\n"));
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(1), "".into())
        );
    }
    assert!(listener.accept().is_err(), "the client has connected");
}

#[test]
fn a_short_key_is_refused_before_anything_listens_or_connects() {
    let why =
        "bytes, expected a key of 16 or more: a short one can be found by trying";
    for (key, size) in [("", 0), ("\n", 0), ("0123456789abcde", 15)] {
        let file = File::new(key);
        let expected = format!("{} has {size} {why}", file.path());
        assert_refused(&["--key-file", file.path()], None, &expected);
        let expected = format!("HMAC_AUTH_KEY has {size} {why}");
        assert_refused(&[], Some(key), &expected);
    }
    // The line end does not count.
    let file = File::new("0123456789abcde\r\n");
    let expected = format!("{} has 15 {why}", file.path());
    assert_refused(&["--key-file", file.path()], None, &expected);
}

#[test]
fn without_a_key_nothing_begins() {
    let expected = "no key, expected --key-file FILE or the variable HMAC_AUTH_KEY";
    assert_refused(&[], None, expected);
    let expected =
        "cannot read /nowhere/key: No such file or directory (os error 2)";
    assert_refused(&["--key-file", "/nowhere/key"], None, expected);
}

#[test]
fn a_key_on_the_command_line_is_refused_and_not_repeated() {
    for args in [&["--key", KEY][..], &[&format!("--key={KEY}")], &["--key"]] {
        for program in [SERVER, CLIENT] {
            let output = command(program, args).output().unwrap();
            let stderr = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2));
            assert!(stderr.contains("every user here can read a command line"));
            assert!(!stderr.contains(KEY));
        }
    }
}

#[test]
fn file_and_variable_give_the_same_key_whatever_line_end_it_has() {
    let (_server, addr) = server(KEY.as_bytes());
    for end in ["", "\n", "\r\n"] {
        let key = format!("{KEY}{end}");
        let file = File::new(&key);
        let args = ["--key-file", file.path(), &addr];
        // The file comes first.
        let mut with_file = command(CLIENT, &args);
        with_file.env("HMAC_AUTH_KEY", "another key, longer");
        assert_eq!(text(&hello(&mut with_file).stdout), "HELLO\n");
        let mut with_variable = command(CLIENT, &[&addr]);
        with_variable.env("HMAC_AUTH_KEY", &key);
        assert_eq!(text(&hello(&mut with_variable).stdout), "HELLO\n");
    }
}

#[test]
fn only_one_line_end_is_stripped_and_nothing_else() {
    let (_server, addr) = server(format!("{KEY}\r\n\r\n").as_bytes());
    for (key, fits) in [("\r\n", true), ("\n", false), ("", false), ("\r", false)] {
        let file = File::new(format!("{KEY}{key}\n"));
        let output =
            hello(&mut command(CLIENT, &["--key-file", file.path(), &addr]));
        assert_eq!(output.status.success(), fits, "{key:?}");
    }
}

#[test]
fn a_key_may_be_any_bytes() {
    let key: Vec<u8> = (0..=255).rev().collect();
    let (_server, addr) = server(&key);
    let file = File::new(&key);
    let output = hello(&mut command(CLIENT, &["--key-file", file.path(), &addr]));
    assert_eq!(text(&output.stdout), "HELLO\n");
}

#[test]
fn a_key_file_that_others_can_read_is_warned_of() {
    let file = File::new(KEY);
    for (mode, warned) in
        [(0o600, false), (0o400, false), (0o640, true), (0o604, true)]
    {
        file.allow(mode);
        // It goes on: here to an address where nobody listens.
        let args = ["--key-file", file.path(), "127.0.0.1:1"];
        let stderr = text(&command(CLIENT, &args).output().unwrap().stderr);
        let path = file.path();
        let warning =
            format!("warning: other users can read {path}: chmod 600 {path}\n");
        assert_eq!(stderr.starts_with(&warning), warned, "{mode:o}: {stderr}");
        assert!(stderr.contains("cannot connect"), "{stderr}");
    }
}

#[test]
fn who_is_refused_hears_what_may_be_wrong_and_the_key_is_printed_nowhere() {
    let (mut server, addr) = server(KEY.as_bytes());
    let file = File::new("fedcba9876543210");
    let output = hello(&mut command(CLIENT, &["--key-file", file.path(), &addr]));
    let stderr = text(&output.stderr);
    let expected = format!(
        "hmac-auth-client: {addr}: the server closed before its first answer was \
         complete\n  Perhaps the keys differ, or our answer came too late (its log \
         says which), or it has ended.\n"
    );
    assert_eq!((output.status.code(), stderr), (Some(1), expected));

    server.0.kill().unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    server.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    server.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(err.ends_with(" refused: wrong answer\n"), "{err}");
    assert!(!(out + &err).contains(KEY));
}

#[test]
fn a_recorded_answer_can_be_sent_and_is_refused() {
    let (_server, addr) = server(KEY.as_bytes());
    let (file, record) = (File::new(KEY), File::new(""));
    let args = ["--key-file", file.path(), "--record", record.path(), &addr];
    assert_eq!(text(&hello(&mut command(CLIENT, &args)).stdout), "HELLO\n");
    assert_eq!(fs::read(&record.0).unwrap().len(), 32);
    let output = hello(&mut command(CLIENT, &["--replay", record.path(), &addr]));
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "".into()));
}

#[test]
fn a_refused_client_does_not_end_a_server_whose_complaints_nobody_hears() {
    let file = File::new(KEY);
    let mut started = command(SERVER, &["--key-file", file.path(), "127.0.0.1:0"]);
    let closed = fs::File::options().write(true).open("/dev/full");
    started.stderr(closed.map_or_else(|_| Stdio::null(), Stdio::from));
    let (_server, addr) = listening(started);
    let other = File::new("fedcba9876543210");
    let refused = hello(&mut command(CLIENT, &["--key-file", other.path(), &addr]));
    assert_eq!(refused.status.code(), Some(1));
    let output = hello(&mut command(CLIENT, &["--key-file", file.path(), &addr]));
    assert_eq!(text(&output.stdout), "HELLO\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_is_stopped_and_goes_on_still_waits_for_the_answer() {
    use std::net::TcpStream;
    use std::time::Duration;

    use hmac_auth::tag;

    let (server, addr) = server(KEY.as_bytes());
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut challenge = [0; 32];
    stream.read_exact(&mut challenge).unwrap();
    server.stop_and_continue();
    let answer = tag(KEY.as_bytes(), &challenge);
    let (first, rest) = answer.split_at(7);
    stream.write_all(first).unwrap();
    server.stop_and_continue();
    stream.write_all(rest).unwrap();
    assert_eq!(comm_loop::ask(&mut stream, b"hello").unwrap(), b"HELLO");
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_is_stopped_and_goes_on_still_waits_for_the_challenge() {
    use std::time::Duration;

    use hmac_auth::tag;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let file = File::new(KEY);
    let args = ["--auth-timeout", "1000", "--key-file", file.path(), &addr];
    let client = Running::start(&mut command(CLIENT, &args));
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client.stop_and_continue();
    stream.write_all(&[7; 20]).unwrap();
    client.stop_and_continue();
    stream.write_all(&[7; 12]).unwrap();
    let mut answer = [0; 32];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, tag(KEY.as_bytes(), &[7; 32]));
}
