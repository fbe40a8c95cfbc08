//! What must hold of a command on Windows.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(windows)]

use std::time::Duration;

use remote_shell::{Cancel, End, Limits, Output, run};

const LIMITS: Limits = Limits { timeout: Duration::from_secs(60), max_output: 1000 };

fn command(text: &str) -> Output {
    run(text, LIMITS, &Cancel::default()).unwrap()
}

#[test]
fn both_outputs_and_the_exit_status_come_back() {
    let output = command("echo out& echo err>&2& exit 3");
    assert_eq!(output.stdout, b"out\r\n");
    assert_eq!(output.stderr, b"err\r\n");
    assert_eq!(output.end, End::Exited(3));
}

#[test]
fn what_is_quoted_reaches_the_shell_as_it_is() {
    assert_eq!(command("echo \"a  b\" c").stdout, b"\"a  b\" c\r\n");
}

#[test]
fn an_endless_command_is_ended() {
    let limits = Limits { timeout: Duration::from_millis(500), ..LIMITS };
    let output = run("for /L %i in (1,0,2) do @rem", limits, &Cancel::default());
    assert_eq!(output.unwrap().end, End::TimedOut);
    let output = command("for /L %i in (1,0,2) do @echo 123456789");
    assert_eq!((output.stdout.len(), output.end), (1000, End::TooMuch));
}
