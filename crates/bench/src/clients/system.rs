//! What Linux says of processes, memory and cores, in /proc.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use book::measured::Memory;
use cli::context;

/// For so long nothing is measured between two rounds.
const REST: Duration = Duration::from_millis(500);

/// What a process and its children take, but for the kernel's part. See
/// proc_pid_status(5), proc_pid_smaps(5).
///
/// # Errors
///
/// There is no /proc.
pub fn memory(id: u32) -> io::Result<Memory> {
    let mut memory = Memory::default();
    for id in [vec![id], children(id)?].concat() {
        // A visitor's process may have ended just now.
        let status = fs::read_to_string(format!("/proc/{id}/status"));
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup"));
        if let (Ok(status), Ok(rollup)) = (status, rollup) {
            memory.rss += kib(&status, "VmRSS:");
            memory.peak += kib(&status, "VmHWM:");
            memory.pss += kib(&rollup, "Pss:");
            memory.processes += 1;
        }
    }
    Ok(memory)
}

/// The processes that a process has started and not yet waited for: ppid in
/// proc_pid_stat(5).
///
/// # Errors
///
/// There is no /proc.
pub fn children(id: u32) -> io::Result<Vec<u32>> {
    let parent = id.to_string();
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Ok(child) = entry.file_name().to_string_lossy().parse() else {
            continue;
        };
        // It may have ended just now. Its name, in brackets, may hold anything.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if rest.split_whitespace().nth(1) == Some(&parent) {
            children.push(child);
        }
    }
    Ok(children)
}

/// What the kernel itself has in memory, in KiB: what it keeps of files, sockets and
/// processes, stacks of threads, page tables. See proc_meminfo(5).
///
/// # Errors
///
/// There is no /proc.
pub fn kernel() -> io::Result<i64> {
    let all = read("/proc/meminfo")?;
    let parts = ["SUnreclaim:", "KernelStack:", "PageTables:"];
    Ok(parts.iter().map(|name| kib(&all, name) as i64).sum())
}

/// How long each core has been busy, and how long it has been there, in ticks. See
/// proc_stat(5).
///
/// # Errors
///
/// There is no /proc.
pub fn cores() -> io::Result<Vec<(u64, u64)>> {
    let all = read("/proc/stat")?;
    let cores = all
        .lines()
        .filter(|line| line.starts_with("cpu") && !line.starts_with("cpu "));
    Ok(cores
        .map(|line| {
            let words = line.split(' ').skip(1);
            let times: Vec<u64> =
                words.filter_map(|word| word.parse().ok()).collect();
            // user nice system idle iowait irq softirq steal; guests are in the first.
            let all = times.iter().take(8).sum::<u64>();
            (all - times.iter().skip(3).take(2).sum::<u64>(), all)
        })
        .collect())
}

/// Which share of the time each core was busy: 0 to 1.
pub fn busy(before: &[(u64, u64)], after: &[(u64, u64)]) -> Vec<f64> {
    let share = |(before, after): (&(u64, u64), &(u64, u64))| {
        let share = (after.0 - before.0) as f64 / (after.1 - before.1).max(1) as f64;
        (share * 100.0).round() / 100.0
    };
    before.iter().zip(after).map(share).collect()
}

/// How busy all cores are when nothing is measured: 0 to 1.
///
/// # Errors
///
/// There is no /proc.
pub fn busy_at_rest() -> io::Result<f64> {
    let before = cores()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "what others do meanwhile is asked"
    )]
    thread::sleep(REST);
    let busy = busy(&before, &cores()?);
    Ok(busy.iter().sum::<f64>() / busy.len() as f64)
}

fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn read(path: &str) -> io::Result<String> {
    fs::read_to_string(path).map_err(context(format!("cannot read {path}")))
}
