//! What must hold of a command that is run: its streams, its limits, its end.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use remote_shell::{Cancel, End, Limits, Output, run};

const LIMITS: Limits =
    Limits { timeout: Duration::from_secs(20), max_output: 16 * 1024 * 1024 };

fn output(command: &str) -> Output {
    run(command, LIMITS, &Cancel::default()).unwrap()
}

/// A FIFO: who has it open holds it open, so its end of file tells that all those
/// processes have ended.
struct Fifo(PathBuf);

impl Fifo {
    fn new(name: &str) -> Self {
        let name = format!("remote-shell-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = output(&format!("mkfifo '{}'", path.display()));
        assert_eq!(made.end, End::Exited(0));
        Fifo(path)
    }

    /// Waits until it has been opened and all who had it open have ended.
    fn wait_for_the_end(&self) -> mpsc::Receiver<usize> {
        let (sender, receiver) = mpsc::channel();
        let path = self.0.clone();
        thread::spawn(move || {
            let mut text = String::new();
            File::open(path).unwrap().read_to_string(&mut text).unwrap();
            sender.send(text.len()).unwrap();
        });
        receiver
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs a command that opens the FIFO as descriptor 9, prints `begun`, and goes on for
/// ever, until its time is over and all who had the FIFO open have ended. On a busy
/// machine the time may be over before it has begun: then again, with more of it.
fn run_out_of_time(name: &str, command: &str) -> Output {
    let mut timeout = Duration::from_millis(300);
    loop {
        let fifo = Fifo::new(name);
        let ended = fifo.wait_for_the_end();
        let command =
            format!("exec 9> '{}'; echo begun; {command}", fifo.0.display());
        let output =
            run(&command, Limits { timeout, ..LIMITS }, &Cancel::default()).unwrap();
        if output.stdout == b"begun\n" {
            assert_eq!(ended.recv_timeout(LIMITS.timeout), Ok(0));
            return output;
        }
        timeout *= 2;
        assert!(timeout < LIMITS.timeout, "it does not begin");
    }
}

#[test]
fn stdout_stderr_and_the_exit_status_are_told_apart() {
    let output = output("echo out; echo err >&2; exit 7");
    assert_eq!(
        (&output.stdout[..], &output.stderr[..]),
        (&b"out\n"[..], &b"err\n"[..])
    );
    assert_eq!(output.end, End::Exited(7));
    assert_eq!(self::output("kill -9 $$").end, End::Signalled);
    assert_eq!(self::output("nosuchcommand").end, End::Exited(127));
}

#[test]
fn a_command_that_begins_like_an_option_is_a_command() {
    assert_eq!(output("-n").end, End::Exited(127));
}

#[test]
fn a_megabyte_on_each_stream_does_not_hang() {
    let half = "head -c 1000000 /dev/zero";
    for command in [format!("{half} >&2; {half}"), format!("{half}; {half} >&2")] {
        let output = output(&command);
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (1_000_000, 1_000_000)
        );
        assert_eq!(output.end, End::Exited(0));
    }
}

#[test]
fn standard_input_is_empty() {
    assert_eq!(output("cat; echo done").stdout, b"done\n");
}

#[test]
fn bytes_that_are_not_utf_8_pass() {
    assert_eq!(output(r"printf '\377\000\300'").stdout, b"\xff\x00\xc0");
}

#[test]
fn output_is_cut_at_the_limit_and_only_beyond_it() {
    for (command, end) in
        [("printf 12345", End::Exited(0)), ("printf 123456", End::TooMuch)]
    {
        let limits = Limits { max_output: 5, ..LIMITS };
        // Many times: whether the end or the output is heard first is chance.
        for _ in 0..50 {
            let output = run(command, limits, &Cancel::default()).unwrap();
            assert_eq!((&output.stdout[..], output.end), (&b"12345"[..], end));
        }
    }
    let limits = Limits { max_output: 100_000, ..LIMITS };
    let output = run("yes & yes >&2", limits, &Cancel::default()).unwrap();
    assert_eq!(output.stdout.len() + output.stderr.len(), 100_000);
    assert_eq!(output.end, End::TooMuch);
}

#[test]
fn a_command_that_does_not_end_is_stopped_with_its_children() {
    let command = "(trap '' TERM INT HUP; sleep 1000; sleep 1000) & sleep 1000";
    assert_eq!(run_out_of_time("timeout", command).end, End::TimedOut);
}

#[test]
fn what_the_shell_leaves_running_is_ended_with_it() {
    let fifo = Fifo::new("background");
    let ended = fifo.wait_for_the_end();
    // The shell itself opens the FIFO: so it is open before anything can be ended.
    let command =
        format!("exec 9> '{}'; sleep 1000 & echo started", fifo.0.display());
    let output = output(&command);
    assert_eq!(
        (&output.stdout[..], output.end),
        (&b"started\n"[..], End::Exited(0))
    );
    assert_eq!(ended.recv_timeout(LIMITS.timeout), Ok(0));
}

#[test]
fn a_command_that_kills_its_own_group_is_a_command_that_ended() {
    let output = output("echo before; kill -KILL 0");
    assert_eq!((&output.stdout[..], output.end), (&b"before\n"[..], End::Signalled));
}

#[test]
#[cfg(target_os = "linux")] // macOS has no setsid(1)
fn a_process_that_leaves_the_group_and_holds_the_streams_holds_up_nobody() {
    let (left, end) = (Fifo::new("setsid"), Fifo::new("setsid-end"));
    // The one that leaves ends when this is dropped. On Linux this opens at once.
    let held = File::options().read(true).write(true).open(&end.0).unwrap();
    let (end, left) = (end.0.display(), left.0.display());
    // The shell ends when the other has left.
    let leaves = format!("exec 8< \"{end}\"; echo > \"{left}\"; read _ <&8");
    let command =
        format!("echo before; setsid sh -c '{leaves}' & cat '{left}' >&2; exit 4");
    let (sender, ran) = mpsc::channel();
    thread::spawn(move || sender.send(output(&command)));
    let output = ran.recv_timeout(LIMITS.timeout).expect("nobody is held up");
    drop(held);
    assert_eq!(output.stderr, b"\n");
    assert_eq!((&output.stdout[..], output.end), (&b"before\n"[..], End::Exited(4)));
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_printed_after_the_time_is_over_does_not_change_the_end() {
    let fifo = Fifo::new("late");
    let path = fifo.0.display();
    // It prints when the shell, which holds the FIFO open, has been ended.
    let command = format!(
        "setsid sh -c 'cat \"{path}\"; printf 123456' & exec 9> '{path}'; sleep 1000"
    );
    let limits = Limits { timeout: Duration::from_secs(2), max_output: 5 };
    let output = run(&command, limits, &Cancel::default()).unwrap();
    assert_eq!(output.end, End::TimedOut);
}

#[test]
fn cancel_ends_the_command_that_runs_and_lets_no_other_start() {
    let fifo = Fifo::new("cancel");
    let cancel = Arc::new(Cancel::default());
    let canceller = Arc::clone(&cancel);
    let path = fifo.0.clone();
    thread::spawn(move || {
        drop(File::open(path).unwrap()); // until the command has opened it
        canceller.cancel();
    });
    let command = format!("exec 9> '{}'; sleep 1000", fifo.0.display());
    assert_eq!(run(&command, LIMITS, &cancel).unwrap().end, End::Cancelled);
    let next = run(&format!("rm '{}'", fifo.0.display()), LIMITS, &cancel).unwrap();
    assert_eq!(next.end, End::Cancelled);
    assert!(fifo.0.exists());
}

#[test]
fn a_command_with_a_nul_is_refused() {
    let error = run("echo \0", LIMITS, &Cancel::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_command_that_stops_or_ends_the_leader_of_its_group_is_ended_all_the_same() {
    for attack in ["kill -STOP 0", "trap '' USR1; kill -USR1 0; sleep 1000"] {
        assert_eq!(run_out_of_time("attack", attack).end, End::TimedOut);
    }
}
