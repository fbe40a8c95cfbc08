//! When nothing happens any more: "prints nothing" is a fact that can be observed, not
//! a pause that seemed long enough.
//!
//! On Linux `/proc` tells of each thread whether it is blocked and how often it has
//! been switched. If all threads of a play are blocked, and a moment later are blocked
//! still without having run in between, then nobody will print before somebody types,
//! or a time-out passes. Where the system does not tell, a longer silence has to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

/// How long it must be silent between two looks.
pub fn pause() -> Duration {
    static SYSTEM_TELLS: LazyLock<bool> = LazyLock::new(|| {
        let status = fs::read_to_string("/proc/thread-self/status");
        status.is_ok_and(|status| {
            status.contains(
                "
voluntary_ctxt_switches:",
            )
        })
    });
    Duration::from_millis(if *SYSTEM_TELLS { 2 } else { 100 })
}

/// How many looks in a row must find the same.
pub const LOOKS: u32 = 3;

/// What each task has done so far; `None` if one of them is running, or about to.
pub fn look(tasks: &[PathBuf]) -> Option<Vec<String>> {
    tasks
        .iter()
        .filter_map(|task| fs::read_to_string(task.join("status")).ok())
        .try_fold(Vec::new(), |mut seen, status| {
            let field = |name: &str| {
                status
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .unwrap_or("")
                    .trim()
            };
            // Sleeping, stopped, traced, zombie, dead: not running, not on the disk.
            let blocked = field("State:").starts_with(['S', 'T', 't', 'Z', 'X']);
            let switches = [field("voluntary_ctxt"), field("nonvoluntary_ctxt")];
            seen.push(format!("{} {}", field("Pid:"), switches.join(" ")));
            blocked.then_some(seen)
        })
}

/// All threads of a process and of the processes that it has started.
pub fn tasks_of(pid: u32) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut processes = vec![pid.to_string()];
    while let Some(pid) = processes.pop() {
        let folder = Path::new("/proc").join(pid).join("task");
        for thread in fs::read_dir(folder).into_iter().flatten().flatten() {
            let thread = thread.path();
            let children = fs::read_to_string(thread.join("children"));
            processes.extend(
                children.unwrap_or_default().split_whitespace().map(String::from),
            );
            found.push(thread);
        }
    }
    found
}

/// Where the system tells of the calling thread; `None` where it does not.
pub fn this_thread() -> Option<PathBuf> {
    let target = fs::read_link("/proc/thread-self").ok()?;
    Some(Path::new("/proc").join(target))
}
