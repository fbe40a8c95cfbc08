//! How every program of the course ends, seen from outside, with a small program that
//! stands in `examples/` for it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

fn greet() -> Command {
    // Cargo builds examples beside the tests, and names no variable for them.
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap().join("examples");
    Command::new(
        folder.join("greet").with_extension(std::env::consts::EXE_EXTENSION),
    )
}

fn ended(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = greet().args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn success_is_0() {
    assert_eq!(ended(&[]), (Some(0), "to 127.0.0.1:7000\n".into(), String::new()));
}

#[test]
fn help_is_0_and_on_stdout() {
    for help in ["-h", "--help"] {
        let (status, stdout, stderr) = ended(&["--unknown", help]);
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        assert!(stdout.starts_with("Usage: greet"));
    }
}

#[test]
fn wrong_usage_is_2_and_one_line() {
    let (status, stdout, stderr) = ended(&["127.0.0.1:70000"]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""));
    assert!(
        stderr.starts_with("greet: \"127.0.0.1:70000\" is no address, expected")
    );
    assert!(stderr.ends_with("(see greet --help)\n") && stderr.lines().count() == 1);
}

#[test]
fn a_failure_is_1_with_the_call_the_systems_words_and_what_to_do() {
    let (status, _, stderr) = ended(&["--fail"]);
    assert_eq!(status, Some(1));
    assert!(stderr.starts_with("greet: cannot listen on 192.0.2.1:1: "), "{stderr}");
    assert!(
        stderr.contains("(os error ") && stderr.lines().count() == 2,
        "{stderr}"
    );
}

#[test]
fn a_reader_that_has_enough_ends_the_program_quietly() {
    let mut child = greet()
        .arg("--endless")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "again\n");
    let mut complaints = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    assert_eq!((complaints.as_str(), child.wait().unwrap().code()), ("", Some(0)));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure_and_said() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = greet().stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = "greet: cannot write to standard output: No space left on device \
                    (os error 28)\n";
    assert_eq!((stderr.as_str(), output.status.code()), (expected, Some(1)));
}

#[test]
#[cfg(target_os = "linux")]
fn wrong_usage_is_2_also_where_nobody_hears_of_it() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let status = greet().arg("--bad").stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(2));
    let status =
        greet().arg("--help").stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
