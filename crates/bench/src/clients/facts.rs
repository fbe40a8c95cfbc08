//! What is written beside the figures: the machine, its programs, how it was measured.

use std::fs;
use std::io;
use std::process::Command;
use std::thread;
use std::time::Duration;

use book::measured::{Machine, Method};
use book::table;
use cli::complain;

use crate::clients::crowd::{MESSAGE, MOST_QUESTIONS};
use crate::clients::system::busy_at_rest;

/// This machine.
///
/// # Errors
///
/// There is no /proc.
pub fn machine() -> io::Result<Machine> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.unwrap_or("").trim_start_matches([' ', '\t', ':']);
    let lock = include_str!("../../Cargo.lock");
    let tokio = lock.split_once("name = \"tokio\"\nversion = \"");
    let tokio = tokio.and_then(|(_, rest)| rest.split('"').next());
    Ok(Machine {
        cpu: model.split_whitespace().collect::<Vec<_>>().join(" "),
        cores: thread::available_parallelism()?.get(),
        linux: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_string(),
        rustc: said("rustc", &["--version"]),
        python: said("python3", &["--version"]),
        tokio: tokio.unwrap_or_default().to_string(),
        date: said("date", &["--utc", "+%F"]),
        busy_at_rest: Vec::new(),
    })
}

/// Says on stderr that a round begins. Returns how busy others keep the cores: 0 to 1.
///
/// # Errors
///
/// There is no /proc.
pub fn begin_round(round: usize, rounds: usize) -> io::Result<f64> {
    let busy = busy_at_rest()?;
    complain(format!(
        "bench: round {} of {rounds}; others take {:.0} % of the cores{}",
        round + 1,
        busy * 100.0,
        if busy > table::QUIET {
            ": its figures are wrong, close everything else"
        } else {
            ""
        }
    ));
    Ok(busy)
}

/// How it is measured.
pub fn method(rounds: usize, window: Duration, own_cores: bool) -> Method {
    let window_ms = window.as_millis() as u64;
    let (message, questions) = (MESSAGE.len(), MOST_QUESTIONS.div_ceil(2));
    Method { rounds, window_ms, message, questions, own_cores }
}

/// How many files a process may have open. See proc_pid_limits(5).
///
/// # Errors
///
/// There is no /proc.
pub fn open_files() -> io::Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    Ok(soft.and_then(|number| number.parse().ok()).unwrap_or(usize::MAX))
}

/// The version that a program prints, or nothing.
fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    let line = String::from_utf8_lossy(&output).trim().to_string();
    // `rustc 1.89.0 (...)`, `Python 3.11.7`
    line.split(' ').nth(1).unwrap_or(&line).to_string()
}
