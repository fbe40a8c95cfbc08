//! What needs the real programs: streams, signals, ends, memory, descriptors, a full
//! disk.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use capstone::{Kind, handshake};
use scene::{Running, SmallDisk, Temp, wait_until};

const SERVER: &str = env!("CARGO_BIN_EXE_capstone-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_capstone-client");
const KEY: &str = "open sesame, said Ali Baba";
const LIMIT: Duration = Duration::from_secs(20);

/// A server that shares an empty folder.
struct Server {
    program: Running,
    addr: String,
    /// What it prints, on stdout and stderr.
    lines: Receiver<String>,
    share: Temp,
    /// The keys, the log, and what else is nobody's business.
    own: Temp,
}

impl Server {
    fn start(options: &str) -> Self {
        Server::start_by_shell("", options)
    }

    fn start_by_shell(before: &str, options: &str) -> Self {
        let (share, own) = (Temp::new(), Temp::new());
        let keys = own.write("keys", format!("ann {KEY}\nbob {KEY}\n"));
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
        let (folder, keys) = (share.0.display(), keys.display());
        let script = format!(
            "{before} exec '{SERVER}' --keys '{keys}' --folder '{folder}' {options} \
             127.0.0.1:0 2>&1"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut program = Running::start(&mut command);
        let addr = program.listening_on();
        let stdout = program.0.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        Server { program, addr, lines, share, own }
    }

    /// Waits for a line with this text.
    #[track_caller]
    fn says(&self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("waited in vain for {text:?}, it said {seen:#?}"),
            }
        }
    }

    fn client(&self, args: &[&str]) -> Command {
        let mut command = Command::new(CLIENT);
        command.env("CAPSTONE_KEY", KEY).current_dir(&self.own.0);
        command.args(["--user", "ann", &self.addr, "--"]).args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.client(args).output().unwrap()
    }

    /// A client whose command has been started: it has printed a line, `begun`.
    fn begin(&self, command: &str) -> Running {
        self.begin_exactly(&format!("echo begun; {command}"))
    }

    fn begin_exactly(&self, command: &str) -> Running {
        let mut command = self.client(&["run", command]);
        let mut client = Running::start(command.stdin(Stdio::piped()));
        let mut line = [0; 6];
        client.0.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
        assert_eq!(&line, b"begun\n");
        client
    }

    /// Fails unless somebody who comes now is served.
    #[track_caller]
    fn assert_serves(&self) {
        let output = self.run(&["run", "echo served"]);
        assert_eq!(text(&output.stdout), "served\n", "{}", text(&output.stderr));
    }

    fn peak_memory(&self) -> u64 {
        peak_memory(&self.program.0)
    }
}

/// The most memory that a program ever had, in KiB.
fn peak_memory(program: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id()));
    let status = status.unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap().trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn rest(mut client: Running) -> (String, String, Option<i32>) {
    let (mut out, mut err) = (String::new(), String::new());
    client.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    client.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    (out, err, client.0.wait().unwrap().code())
}

/// A FIFO that a command opens as descriptor 9: its end of file tells that the
/// command has ended, and all that it had started.
struct Fifo<'a>(&'a Server);

impl<'a> Fifo<'a> {
    fn new(server: &'a Server) -> Self {
        let path = server.share.join("fifo");
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        Fifo(server)
    }

    /// A client with a command that runs for ever, and so does a child of it.
    fn begin(&self) -> Running {
        self.0.begin_exactly("exec 9>fifo; echo begun; sleep 1000 & sleep 1000")
    }

    /// A thread that waits for the end: it opens the FIFO, so it comes first.
    fn end(&self) -> Receiver<usize> {
        let (sender, ended) = mpsc::channel();
        let path = self.0.share.join("fifo");
        thread::spawn(move || {
            let mut fifo = fs::File::open(path).unwrap();
            sender.send(fifo.read_to_end(&mut Vec::new()).unwrap())
        });
        ended
    }
}

#[test]
fn stdout_stderr_and_the_exit_status_come_across() {
    let server = Server::start("");
    for code in [0, 1, 42, 255] {
        let command = format!("echo out; echo err >&2; exit {code}");
        let output = server.run(&["run", &command]);
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(text(&output.stdout), "out\n");
        assert_eq!(text(&output.stderr), "err\n");
    }
    let output = server.run(&["run", "kill -9 $$"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("a signal has ended the command"));
}

#[test]
fn megabytes_go_both_ways_at_once() {
    const SIZE: usize = 5_000_000;
    let server = Server::start("");
    let mut client = server.client(&["run", "cat"]);
    let mut client = Running::start(client.stdin(Stdio::piped()));
    let mut stdin = client.0.stdin.take().unwrap();
    let sent: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
    let copy = sent.clone();
    let feeding = thread::spawn(move || stdin.write_all(&copy));
    let mut received = Vec::new();
    client.0.stdout.take().unwrap().read_to_end(&mut received).unwrap();
    feeding.join().unwrap().unwrap();
    assert!(received == sent && client.0.wait().unwrap().success());
}

#[test]
fn a_command_that_does_not_read_its_input_holds_up_nobody() {
    let server = Server::start("");
    for command in
        ["true", "exec 0<&-; echo closed; read x <&1", "sleep 0.1; exit 0"]
    {
        let mut client = server.client(&["run", command]);
        let mut client = Running::start(client.stdin(Stdio::piped()));
        let mut stdin = client.0.stdin.take().unwrap();
        // Until the client has ended.
        while stdin.write_all(&[b'x'; 65536]).is_ok() {}
        client.0.wait().unwrap();
    }
    server.assert_serves();
}

#[test]
fn ctrl_c_ends_a_command_that_neither_reads_nor_writes_while_it_is_fed() {
    let server = Server::start("");
    let fifo = Fifo::new(&server);
    let ended = fifo.end();
    let mut client = fifo.begin();
    let mut stdin = client.0.stdin.take().unwrap();
    let feeding =
        thread::spawn(move || while stdin.write_all(&[0; 65536]).is_ok() {});
    client.come_to_rest();
    client.signal("INT");
    assert_eq!(rest(client), (String::new(), String::new(), Some(130)));
    assert_eq!(ended.recv_timeout(LIMIT), Ok(0));
    feeding.join().unwrap();
    server.says("run: interrupted");
    server.says("has left");
}

#[test]
fn ctrl_c_ends_a_command_whose_output_nobody_reads() {
    let server = Server::start("");
    let client = server.begin("yes");
    client.come_to_rest();
    client.signal("INT");
    // Before the client takes the rest.
    server.says("run: interrupted");
    let (_, err, code) = rest(client);
    assert_eq!((&err[..], code), ("", Some(130)));
}

#[test]
fn the_second_ctrl_c_ends_a_client_whose_server_does_not_answer() {
    let server = Server::start("");
    let client = server.begin("sleep 1000");
    server.program.signal("STOP");
    client.signal("INT");
    client.come_to_rest();
    client.signal("INT");
    assert_eq!(rest(client).2, Some(130));
    server.program.signal("CONT");
    server.says("run: interrupted");
}

#[test]
fn ctrl_c_between_two_typed_commands_ends_the_client() {
    let server = Server::start("");
    let mut client = server.client(&[]);
    let mut client = Running::start(client.stdin(Stdio::piped()));
    let mut stdin = client.0.stdin.take().unwrap();
    stdin.write_all(b"run sleep 1000\n").unwrap();
    server.says("run \"sleep 1000\"");
    client.signal("INT");
    server.says("run: interrupted");
    // What it says to the last line tells that it is done with the others.
    stdin.write_all(b"run cat\nrun echo next\nfoo\n").unwrap();
    let mut lines = BufReader::new(client.0.stderr.as_mut().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "exit status 130");
    assert!(lines.next().unwrap().unwrap().contains("\"foo\" is wrong"));
    client.signal("INT");
    assert_eq!(rest(client), ("next\n".to_string(), String::new(), Some(130)));
}

#[test]
fn a_client_that_is_killed_takes_its_command_along() {
    let server = Server::start("");
    let fifo = Fifo::new(&server);
    let ended = fifo.end();
    let mut client = fifo.begin();
    client.kill();
    assert_eq!(ended.recv_timeout(LIMIT), Ok(0));
    server.says("run: interrupted");
}

#[test]
fn a_server_that_is_killed_takes_the_commands_along() {
    let mut server = Server::start("");
    let ended = Fifo::new(&server).end();
    let client = Fifo(&server).begin();
    server.program.kill();
    assert_eq!(ended.recv_timeout(LIMIT), Ok(0));
    let (_, err, code) = rest(client);
    assert!(err.contains("cut: end of file without an end record"), "{err}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_client_whose_stdout_is_closed_ends_and_its_command_with_it() {
    let server = Server::start("");
    let mut client = server.begin("yes");
    drop(client.0.stdout.take());
    assert!(client.0.wait().unwrap().success());
    server.says("run: interrupted");
}

#[test]
fn a_client_that_takes_nothing_is_dropped_and_its_command_ended() {
    let server = Server::start("--idle-timeout 1");
    let client = server.begin("yes");
    client.signal("STOP");
    server.says("run: interrupted");
    server.says("the other side takes nothing");
    client.signal("CONT");
    assert_eq!(rest(client).2, Some(1));
}

#[test]
fn a_slow_reader_is_not_idle_and_costs_no_memory() {
    const LIMIT: u64 = 16 * 1024;
    let server = Server::start("");
    let mut client = server.begin("yes | head -c 30000000");
    client.come_to_rest();
    let mut stdout = client.0.stdout.take().unwrap();
    let mut piece = vec![0; 100_000];
    stdout.read_exact(&mut piece).unwrap();
    client.come_to_rest();
    let size = std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    assert_eq!(size + 100_000, 30_000_000);
    assert!(server.peak_memory() < LIMIT, "{} KiB", server.peak_memory());
    assert!(client.0.wait().unwrap().success());
}

#[test]
fn programs_that_are_stopped_go_on() {
    let server = Server::start("");
    let mut client = server.begin("cat");
    client.stop_and_continue();
    server.program.stop_and_continue();
    let mut stdin = client.0.stdin.take().unwrap();
    stdin.write_all(b"still here\n").unwrap();
    drop(stdin);
    let expected = ("still here\n".to_string(), String::new(), Some(0));
    assert_eq!(rest(client), expected);
}

#[test]
fn what_a_command_leaves_running_is_ended_with_it() {
    let server = Server::start("");
    let ended = Fifo::new(&server).end();
    let output = server.run(&["run", "exec 9>fifo; sleep 1000 & echo done"]);
    assert_eq!(text(&output.stdout), "done\n");
    assert_eq!(ended.recv_timeout(LIMIT), Ok(0));
}

#[test]
fn a_process_that_has_left_the_group_does_not_hold_up_the_answer() {
    let server = Server::start("");
    // Two FIFOs: it tells us when it has left, and we tell it when to end.
    let script =
        "mkfifo left end; setsid sh -c 'echo > left; read x < end' & read x < left";
    let output = server.run(&["run", script]);
    assert!(output.status.success());
    fs::write(server.share.join("end"), "\n").unwrap();
}

#[test]
fn a_process_that_has_left_the_group_may_print_and_holds_up_nothing_either() {
    let server = Server::start("");
    // It prints until its pipe is closed, and so ends with the answer.
    let script = "mkfifo left; setsid sh -c 'echo > left; \
                  while echo x; do sleep 0.2; done' & read x < left";
    let output = server.run(&["run", script]);
    assert!(output.status.success());
    assert!(text(&output.stdout).starts_with("x\n"));
}

#[test]
fn the_time_limit_ends_a_command_with_what_it_has_started() {
    let server = Server::start("--timeout 0.5");
    let output = server.run(&["run", "sleep 1000 & sleep 1000"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("its time was over"));
}

#[test]
fn the_time_limit_holds_for_a_command_whose_output_nobody_takes() {
    let server = Server::start("--timeout 1 --idle-timeout 1000");
    let client = server.begin("yes");
    client.signal("STOP");
    server.says("run: ended, --timeout is over");
    client.signal("CONT");
    let (_, err, code) = rest(client);
    assert!(err.contains("its time was over"), "{err}");
    assert_eq!(code, Some(1));
}

#[test]
fn files_go_there_and_back_and_a_broken_get_goes_on() {
    let server = Server::start("");
    let sent = vec![7; 300_000];
    server.own.write("a", &sent);
    assert!(server.run(&["put", "a"]).status.success());
    assert!(server.share.read("a") == sent);
    let again = server.run(&["put", "a"]);
    assert!(text(&again.stderr).contains("refused (exists)"));
    fs::remove_file(server.own.join("a")).unwrap();
    server.own.write(".part-a", &sent[..100_000]);
    let got = server.run(&["get", "a"]);
    assert!(text(&got.stdout).contains("100000 were here already"));
    assert!(server.own.read("a") == sent);
    fs::remove_file(server.own.join("a")).unwrap();
    server.own.write(".part-a", "something else");
    let got = server.run(&["get", "a"]);
    assert!(text(&got.stderr).contains("from the start again"));
    assert!(server.own.read("a") == sent);
    let names = server.own.names();
    assert!(!names.iter().any(|name| name.starts_with(".part-")), "{names:?}");
}

#[test]
fn a_client_that_leaves_in_a_put_leaves_no_rest() {
    let server = Server::start("");
    let stream = TcpStream::connect(&server.addr).unwrap();
    let (mut sender, mut receiver) =
        handshake::connect(&stream, "ann", KEY.as_bytes(), LIMIT).unwrap();
    let put =
        r#"{"op": "put", "filename": "a", "total_size": 9, "overwrite": false}"#;
    sender.send(Kind::Message, put.as_bytes()).unwrap();
    let reply = receiver.receive().unwrap().unwrap();
    assert_eq!(text(&reply.body), r#"{"ready":true}"#);
    sender.send(Kind::File, b"half").unwrap();
    assert!(server.share.names()[0].starts_with(".part-"));
    drop((stream, sender, receiver));
    server.says("cut: ");
    assert!(server.share.names().is_empty());
}

#[test]
fn a_full_disk_on_either_side_is_said_and_all_goes_on() {
    let server = Server::start("");
    let small = Temp::new();
    let Some(_disk) = SmallDisk::mount(&small) else { return };
    std::os::unix::fs::symlink(small.join("big"), server.own.join("link")).unwrap();
    server.share.write("big", vec![b'x'; 3_000_000]);
    let into = small.0.display().to_string();
    let mut client = Command::new(CLIENT);
    client.env("CAPSTONE_KEY", KEY).args(["--user", "ann", "--into", &into]);
    client.arg(&server.addr).stdin(Stdio::piped());
    client.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut client = Running::start(&mut client);
    let stdin = client.0.stdin.as_mut().unwrap();
    stdin.write_all(b"get big\nrun echo in step\nquit\n").unwrap();
    let (out, err, code) = rest(client);
    assert!(err.contains("cannot write the file: No space left"), "{err}");
    assert_eq!((&out[..], code), ("in step\n", Some(0)));
    assert_eq!(small.names(), [".part-big"]);
}

#[test]
fn a_full_disk_of_the_server_is_said_and_leaves_no_rest() {
    let small = Temp::new();
    let Some(_disk) = SmallDisk::mount(&small) else { return };
    let server = Server::start(&format!("--folder '{}'", small.0.display()));
    server.own.write("big", vec![b'x'; 3_000_000]);
    server.own.write("small", "fits");
    let mut client = server.client(&[]);
    let mut client = Running::start(client.stdin(Stdio::piped()));
    let stdin = client.0.stdin.as_mut().unwrap();
    stdin.write_all(b"put big\nput small\nquit\n").unwrap();
    let (out, err, code) = rest(client);
    assert!(err.contains("(io): cannot write the file: No space left"), "{err}");
    assert!(out.starts_with("put small: 4 bytes"), "{out}");
    assert_eq!((code, small.names()), (Some(0), vec!["small".to_string()]));
    server.says("cannot write the file: No space left on device");
}

#[test]
fn who_comes_when_it_is_full_is_told_so() {
    let server = Server::start("--max-clients 1");
    let client = server.begin("sleep 1000");
    let output = server.run(&["who"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("refuses: the server is full (limit 1)"), "{error}");
    drop(client);
    server.says("run: interrupted");
    wait_until("there is a place again", || server.run(&["who"]).status.success());
}

#[test]
fn strangers_who_say_nothing_do_not_keep_users_out() {
    let server = Server::start("--max-clients 4 --auth-timeout 1000");
    let connect = |_| TcpStream::connect(&server.addr).unwrap();
    let _strangers: Vec<TcpStream> = (0..4).map(connect).collect();
    server.says("it had to make room for others");
    let serves = || server.run(&["run", "echo served"]).stdout == b"served\n";
    wait_until("a user is served", serves);
}

#[test]
fn survives_without_descriptors_and_serves_again_when_there_are_some() {
    let server = Server::start_by_shell("ulimit -n 24;", "");
    let many: Vec<_> = (0..40).map(|_| TcpStream::connect(&server.addr)).collect();
    server.says("Too many open files");
    drop(many);
    wait_until("it serves again", || {
        text(&server.run(&["run", "echo served"]).stdout) == "served\n"
    });
}

#[test]
fn a_second_signal_cuts_ends_the_commands_and_exits_with_0() {
    let mut server = Server::start("--grace 1000");
    let ended = Fifo::new(&server).end();
    let client = Fifo(&server).begin();
    server.program.signal("TERM");
    server.says("ending, conversations left: 1");
    assert!(TcpStream::connect(&server.addr).is_err());
    server.program.signal("TERM");
    assert_eq!(ended.recv_timeout(LIMIT), Ok(0));
    server.says("ended, conversations cut: 1");
    assert_eq!(server.program.0.wait().unwrap().code(), Some(0));
    assert_eq!(rest(client).2, Some(1));
}

#[test]
fn a_client_with_much_of_a_file_already_does_not_hold_up_the_end() {
    let mut server = Server::start("--grace 0.1");
    let size = 1 << 40; // no bytes on the disk, and an hour to digest them
    fs::File::create(server.share.join("big")).unwrap().set_len(size).unwrap();
    let stream = TcpStream::connect(&server.addr).unwrap();
    let (mut sender, _receiver) =
        handshake::connect(&stream, "ann", KEY.as_bytes(), LIMIT).unwrap();
    let get = format!(r#"{{"op":"get","filename":"big","offset":{size}}}"#);
    sender.send(Kind::Message, get.as_bytes()).unwrap();
    server.says("get \"big\"");
    server.program.signal("INT");
    server.says("ended, conversations cut: 1");
    assert_eq!(server.program.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_file_of_keys_that_clients_can_get_is_warned_of() {
    let folder = Temp::new();
    let keys = folder.write("keys", format!("ann {KEY}\n"));
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(folder.join("shared")).unwrap();
    let warned = |options: &[&str]| {
        let mut command = Command::new(SERVER);
        command.current_dir(&folder.0).args(["--keys", "keys", "127.0.0.1:0"]);
        command.args(options).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Running::start(&mut command);
        server.listening_on();
        server.signal("INT");
        let (_, err, code) = rest(server);
        assert_eq!(code, Some(0));
        err.contains("warning: keys lies in the shared folder")
    };
    assert!(warned(&[]) && !warned(&["--folder", "shared"]));
}

#[test]
fn the_log_has_all_events_and_no_key() {
    let log = Temp::new();
    let file = log.join("log");
    let server = Server::start(&format!("--log '{}'", file.display()));
    server.assert_serves();
    server.says("has left");
    let long = format!("true {}; true at last", " ".repeat(1000));
    assert!(server.run(&["run", &long]).status.success());
    let mut stranger = server.client(&["who"]);
    let output = stranger.env("CAPSTONE_KEY", "not the key of anybody").output();
    assert!(text(&output.unwrap().stderr).contains("the server's proof is wrong"));
    server.says("user ann: no proof");
    let log = text(&log.read("log"));
    for event in
        ["is here", "true at last", "run: exit code 0", "has left", "no proof"]
    {
        assert!(log.contains(event), "{event} is missing in {log}");
    }
    let seconds = |line: &str| line.split(' ').next().unwrap().parse::<f64>();
    assert!(log.lines().all(|line| seconds(line).is_ok()), "{log}");
    assert!(!log.contains(KEY));
}

#[test]
fn a_server_whose_complaints_nobody_hears_serves_on() {
    let server = Server::start("");
    drop(Running::start(&mut server.client(&["who"])));
    let mut rude = TcpStream::connect(&server.addr).unwrap();
    rude.write_all(&[0xff; 100]).unwrap();
    server.assert_serves();
}

#[test]
fn wrong_usage_is_said_with_status_2() {
    let server = Server::start("");
    for bad in [["get"].as_slice(), &["ls", "x"], &["run"], &["dance"]] {
        assert_eq!(server.run(bad).status.code(), Some(2), "{bad:?}");
    }
    for bad in [["--user", "Ann"].as_slice(), &["--user"], &[], &["--nope"]] {
        let mut command = Command::new(CLIENT);
        let status = command.env("CAPSTONE_KEY", KEY).args(bad).output().unwrap();
        let expected = if bad == ["--user", "Ann"] { 1 } else { 2 };
        assert_eq!(status.status.code(), Some(expected), "{bad:?}");
    }
    let output = Command::new(SERVER).arg("127.0.0.1:0").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("expected --keys FILE"));
}
