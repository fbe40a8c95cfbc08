//! The Python programs of a lesson's `examples/`, started by its tests.

use std::process::{Command, Stdio};

pub use crate::Running;

/// Starts `examples/FILE` of the package in the folder `manifest_dir` with Python, its
/// input, output and errors on pipes; `None`, and a line that says so, where there is
/// no Python.
///
/// # Panics
///
/// Python is there and does not start.
pub fn start(manifest_dir: &str, file: &str, args: &[&str]) -> Option<Running> {
    // Windows has a program of this name that only leads to a shop: so try it first.
    let runs = Command::new("python3").args(["-c", ""]).status();
    if !runs.is_ok_and(|status| status.success()) {
        println!("skipped: there is no python3 that runs");
        return None;
    }
    let child = Command::new("python3")
        .arg(format!("{manifest_dir}/examples/{file}"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start python3: {error}"));
    Some(Running(child))
}
