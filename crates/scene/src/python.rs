//! The Python programs of a lesson's `examples/`, started by its tests.

use std::process::{Command, Stdio};

use crate::Running;

/// Starts `examples/FILE` of the package in the folder `manifest_dir` with Python, its
/// input, output and errors on pipes; `None`, and a line that says so, where there is
/// no Python.
///
/// # Panics
///
/// Python is there and does not start.
#[track_caller]
pub fn start(manifest_dir: &str, file: &str, args: &[&str]) -> Option<Running> {
    Some(Running::start(command(manifest_dir, file)?.args(args)))
}

/// The same, not started yet: for who wants to say more about it, such as its folder.
pub fn command(manifest_dir: &str, file: &str) -> Option<Command> {
    // Windows has a program of this name that only leads to a shop: so try it first.
    let runs = Command::new("python3").args(["-c", ""]).status();
    if !runs.is_ok_and(|status| status.success()) {
        println!("skipped: there is no python3 that runs");
        return None;
    }
    let mut command = Command::new("python3");
    command.arg(format!("{manifest_dir}/examples/{file}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command)
}
