//! What needs the real programs: signals, children, descriptors, exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Output, Stdio};

use common::{assert_serves, client};
use concurrency::ask;
use scene::{Running, Temp, uninterrupted, wait_until};

const SERVER: &str = env!("CARGO_BIN_EXE_concurrency-server");
const CLIENT: &str = env!("CARGO_BIN_EXE_concurrency-client");
const MODELS: [&str; 5] =
    ["one", "threads", "processes", "pool", "pool --submit wait"];

/// A server that runs.
struct Program {
    running: Running,
    addr: SocketAddr,
}

impl Program {
    /// Starts a server by a shell.
    fn start(before: &str, options: &str) -> Self {
        Program::start_file(SERVER, before, options)
    }

    fn start_file(file: &str, before: &str, options: &str) -> Self {
        let script = format!("{before} exec '{file}' {options} 127.0.0.1:0");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(&mut command);
        let addr = running.listening_on().parse().unwrap();
        Program { running, addr }
    }

    fn pid(&self) -> u32 {
        self.running.0.id()
    }

    fn signal(&self, name: &str) {
        self.running.signal(name);
    }

    fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        let stdout = BufReader::new(self.running.0.stdout.take().unwrap());
        stdout.lines().map(|line| line.unwrap())
    }

    fn complaints(&mut self) -> impl Iterator<Item = String> + use<> {
        let stderr = BufReader::new(self.running.0.stderr.take().unwrap());
        stderr.lines().map(|line| line.unwrap())
    }

    /// The exit status, and what it has printed.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        let lines = self.lines().collect();
        (self.running.0.wait().unwrap().code(), lines)
    }

    /// Leaves it no descriptors, or memory, beyond what it has.
    fn limit(&self, limit: &str) {
        let pid = self.pid().to_string();
        let set = Command::new("prlimit").args(["--pid", &pid, limit]).status();
        assert!(set.unwrap().success());
    }

    /// Its children, zombies included.
    fn children(&self) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        tasks
            .filter_map(|task| {
                fs::read_to_string(task.unwrap().path().join("children")).ok()
            })
            .flat_map(|text| {
                text.split_whitespace()
                    .map(|pid| pid.parse().unwrap())
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

fn signal(name: &str, pid: u32) {
    let kill = format!("kill -s {name} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Waits until the process is in a state: S blocked, T stopped.
#[track_caller]
fn wait_for_state(pid: u32, state: char) {
    wait_until(&format!("{pid} is {state}"), || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with(state)
    });
}

fn alive(pid: u32) -> bool {
    fs::exists(format!("/proc/{pid}")).unwrap()
}

fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: it needs the program {program}");
    }
    there
}

#[test]
fn a_signal_ends_each_model_with_0_also_without_clients() {
    for model in MODELS {
        for name in ["INT", "TERM", "HUP"] {
            let server = Program::start("", &format!("--model {model}"));
            server.signal(name);
            let said =
                ["ending, conversations left: 0", "ended, conversations cut: 0"];
            let said = said.map(str::to_string).to_vec();
            assert_eq!(server.end(), (Some(0), said), "{model} SIG{name}");
        }
    }
}

#[test]
fn the_end_cuts_who_is_left_and_says_how_many() {
    for model in MODELS {
        let server = Program::start("", &format!("--model {model} --grace 0.2"));
        let mut here = client(server.addr);
        assert!(ask(&here, b"hello").is_ok());
        server.signal("TERM");
        let (status, mut said) = server.end();
        assert_eq!(status, Some(0), "{model}");
        said.retain(|line| line.starts_with("end"));
        let expected =
            ["ending, conversations left: 1", "ended, conversations cut: 1"];
        assert_eq!(said, expected, "{model}");
        assert_eq!(uninterrupted(|| here.read(&mut [0])).unwrap(), 0);
    }
}

#[test]
fn a_child_is_reaped_when_it_ends_although_nobody_comes() {
    let server = Program::start("", "--model processes");
    let here = client(server.addr);
    assert!(ask(&here, b"hello").is_ok());
    for _ in 0..20 {
        assert_serves(server.addr);
        wait_until("one child is left", || server.children().len() == 1);
    }
    drop(here);
    wait_until("no child is left", || server.children().is_empty());
}

#[test]
fn children_outlive_the_terminals_ctrl_c_until_they_are_cut() {
    let server = Program::start("", "--model processes --grace 1000");
    let here = client(server.addr);
    assert!(ask(&here, b"one").is_ok());
    let children = server.children();
    let group = |pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields = stat.rsplit(") ").next().unwrap().to_string();
        fields.split(' ').nth(2).unwrap().parse::<u32>().unwrap()
    };
    assert_eq!(children.len(), 1);
    assert_ne!(group(children[0]), group(server.pid()));
    server.signal("INT");
    wait_until("nobody listens", || TcpStream::connect(server.addr).is_err());
    assert_eq!(ask(&here, b"two").unwrap(), b"TWO");
    server.signal("INT");
    assert_eq!(server.end().0, Some(0));
    wait_until("the child has ended", || !alive(children[0]));
}

#[test]
fn a_child_that_does_not_notice_is_killed_at_the_end() {
    let server = Program::start("", "--model processes --grace 1000");
    let here = client(server.addr);
    assert!(ask(&here, b"one").is_ok());
    let children = server.children();
    signal("STOP", children[0]);
    wait_for_state(children[0], 'T');
    server.signal("INT");
    server.signal("INT");
    // Both may be taken for one: a signal that is pending already is not counted.
    wait_until("it ends", || {
        server.signal("INT");
        !alive(children[0])
    });
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_child_that_panics_or_is_killed_takes_its_client_with_it_and_nobody_else() {
    let mut server = Program::start("", "--model processes --panic-on boom");
    let mut complaints = server.complaints();
    let here = client(server.addr);
    assert!(ask(&here, b"hello").is_ok());
    let boom = ask(&client(server.addr), b"boom").unwrap_err();
    assert_eq!(boom.kind(), ErrorKind::UnexpectedEof);
    assert!(complaints.any(|line| line.ends_with("its process: exit status: 101")));

    let killed = client(server.addr);
    let peer = killed.local_addr().unwrap();
    let before = format!("{peer} has process ");
    let pid = server
        .lines()
        .find_map(|line| line.strip_prefix(&before)?.parse().ok())
        .unwrap();
    signal("KILL", pid);
    assert!(complaints.any(|line| line.ends_with("signal: 9 (SIGKILL)")));
    assert!(ask(&killed, b"hello").is_err());
    assert_eq!(ask(&here, b"and me").unwrap(), b"AND ME");
}

#[test]
fn bad_clients_hurt_nobody_where_each_has_a_process() {
    let server = Program::start("", "--model processes --max-clients 1000");
    for _ in 0..10 {
        drop(client(server.addr));
        let mut rude = client(server.addr);
        rude.write_all(b"hello").unwrap();
        uninterrupted(|| rude.peek(&mut [0])).unwrap();
    }
    let silent: Vec<_> = (0..50).map(|_| client(server.addr)).collect();
    let flood = client(server.addr);
    flood.set_nonblocking(true).unwrap();
    while (&flood).write_all(&[b'x'; 65536]).is_ok() {}
    assert_serves(server.addr);
    drop((silent, flood));
    wait_until("no child is left", || server.children().is_empty());
}

#[test]
fn a_server_that_is_stopped_and_goes_on_keeps_its_clients() {
    for model in MODELS {
        let server = Program::start("", &format!("--model {model}"));
        let here = client(server.addr);
        for text in ["before", "after"] {
            assert!(ask(&here, text.as_bytes()).is_ok());
            for pid in server.children() {
                wait_for_state(pid, 'S');
                signal("STOP", pid);
                wait_for_state(pid, 'T');
                signal("CONT", pid);
            }
            server.running.stop_and_continue();
        }
        assert_eq!(ask(&here, b"still there").unwrap(), b"STILL THERE");
        drop(here);
        assert_serves(server.addr);
        server.signal("TERM");
        assert_eq!(server.end().0, Some(0), "{model}");
    }
}

#[test]
fn without_descriptors_it_serves_who_is_there_and_ends_as_it_should() {
    for model in ["threads", "pool --workers 20"] {
        let before = "exec 2>/dev/null; ulimit -n 12;";
        let server = Program::start(before, &format!("--model {model} --grace 0.2"));
        let many: Vec<_> = (0..20).map(|_| client(server.addr)).collect();
        assert!(ask(&many[0], b"hello").is_ok());
        drop(many);
        assert_serves(server.addr);
        let _many: Vec<_> = (0..20).map(|_| client(server.addr)).collect();
        server.signal("TERM");
        assert_eq!(server.end().0, Some(0));
    }
}

/// True if somebody listens there. To connect would wake who is blocked in accept.
fn listens(addr: SocketAddr) -> bool {
    let port = format!(":{:04X} ", addr.port());
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    sockets.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let local = fields.next().unwrap().to_string() + " ";
        local.ends_with(&port) && fields.nth(1) == Some("0A")
    })
}

#[test]
fn an_accept_that_is_blocked_is_woken_without_a_free_descriptor() {
    if !has("prlimit") {
        return;
    }
    let server = Program::start("exec 2>/dev/null;", "--grace 1000");
    let here = client(server.addr);
    assert!(ask(&here, b"hello").is_ok());
    // What is blocked in accept has taken one in advance, which is not shown.
    let limit = format!("--nofile={}:", server.running.count("fd") + 1);
    server.limit(&limit);
    server.signal("TERM");
    wait_until("the listener is closed", || !listens(server.addr));
    assert_eq!(ask(&here, b"still").unwrap(), b"STILL");
    drop(here);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn where_no_child_can_be_started_that_client_is_refused() {
    // A program that is not there any more cannot be started again. (`fs::copy`
    // would have it open for writing here, and other tests start programs
    // meanwhile.)
    let temp = Temp::new();
    let copy = temp.join("server");
    let copied = Command::new("cp").arg(SERVER).arg(&copy).status().unwrap();
    assert!(copied.success());
    let file = copy.to_str().unwrap();
    let server = Program::start_file(file, "exec 2>/dev/null;", "--model processes");
    let here = client(server.addr);
    let answer = ask(&here, b"hello");
    fs::remove_file(&copy).unwrap();
    assert_eq!(answer.unwrap(), b"HELLO");
    for _ in 0..3 {
        let mut line = String::new();
        client(server.addr).read_to_string(&mut line).unwrap();
        assert_eq!(line, "the server has no process for you, try later\n");
    }
    assert_eq!(ask(&here, b"still").unwrap(), b"STILL");
}

#[test]
fn where_no_thread_can_be_started_that_client_is_refused() {
    if !has("prlimit") {
        return;
    }
    let server = Program::start("exec 2>/dev/null;", "");
    let here = client(server.addr);
    assert!(ask(&here, b"hello").is_ok());
    // A thread needs 2 MiB for its stack, and the server may have 1 more.
    let status =
        fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    let limit = format!("--as={}:", (size + 1024) * 1024);
    server.limit(&limit);
    for _ in 0..3 {
        let mut line = String::new();
        client(server.addr).read_to_string(&mut line).unwrap();
        assert_eq!(line, "the server has no thread for you, try later\n");
    }
    assert_eq!(ask(&here, b"still").unwrap(), b"STILL");
}

#[test]
fn it_needs_neither_input_nor_somebody_who_hears_its_complaints() {
    for model in MODELS {
        let options = format!("--model {model} --panic-on boom");
        let server = Program::start("exec 2>/dev/full;", &options);
        assert!(ask(&client(server.addr), b"boom").is_err());
        assert_serves(server.addr);
    }
}

#[test]
fn as_inetd_starts_it_it_talks_on_its_standard_input_and_output() {
    let mut command = Command::new(SERVER);
    command.arg("--inetd").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    let mut answer = String::new();
    child.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "HELLO");
    assert!(child.wait().unwrap().success());
}

fn run(program: &str, args: &str) -> Output {
    let mut command = Command::new(program);
    command.args(args.split(' ')).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_wrong_command_line_is_refused_in_words() {
    let wrong = |program: &str, args: &str, expected: &str| {
        let output = run(program, args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args}: {stderr}");
        assert!(stderr.contains(expected), "{args}: {stderr}");
    };
    wrong(SERVER, "--model two", "expected one, threads, processes or pool");
    wrong(SERVER, "--workers 2", "--workers and --submit are for --model pool");
    wrong(SERVER, "--model pool --submit x", "expected wait or queue");
    wrong(SERVER, "--model pool --workers 0", "expected a number from 1 to 10000");
    wrong(SERVER, "--max-clients 0", "expected a number from 1 to 1000000");
    wrong(SERVER, "--inetd 127.0.0.1:0", "unexpected argument");
    wrong(CLIENT, "--messages 5", "need --clients N");
    wrong(CLIENT, "--clients 0", "expected a number from 1 to 1000");
    wrong(CLIENT, "--clients 2 --steps --pause 1", "not both");
}

#[test]
fn the_client_draws_its_chart_and_counts_who_was_not_served() {
    let server = Program::start("", "--max-clients 2");
    let here = client(server.addr);
    assert!(ask(&here, b"hello").is_ok());
    let addr = server.addr;
    let args = format!("--clients 1 --messages 3 {addr}");
    let output = run(CLIENT, &args);
    let chart = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(chart.starts_with("client 1  |"), "{chart}");
    let mut also_here = client(addr);
    wait_until("there is a place for the second", || {
        let served = ask(&also_here, b"hello").is_ok();
        if !served {
            also_here = client(addr);
        }
        served
    });
    let output = run(CLIENT, &format!("--clients 2 {addr}"));
    assert_eq!(output.status.code(), Some(1));
    let chart = String::from_utf8(output.stdout).unwrap();
    assert_eq!(chart.matches("the server is full").count(), 2, "{chart}");
    assert!(output.stderr.ends_with(b": clients that were not served: 2\n"));
}

#[test]
fn nobody_there_is_said_for_each_client() {
    let server = Program::start("", "");
    let addr = server.addr;
    drop(server);
    let output = run(CLIENT, &format!("--clients 2 {addr}"));
    let chart = String::from_utf8(output.stdout).unwrap();
    assert_eq!(chart.matches("cannot connect: ").count(), 2, "{chart}");
}
