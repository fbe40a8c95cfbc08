//! What `scripts/bench clients` has measured: `docs/figures/clients.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::read;

/// All figures, where and how they came about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Where.
    pub machine: Machine,
    /// How.
    pub method: Method,
    /// Each server with each number of clients.
    pub points: Vec<Point>,
}

/// The machine and its programs.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Its processor.
    pub cpu: String,
    /// How many cores the programs may use.
    pub cores: usize,
    /// The kernel's version.
    pub linux: String,
    /// The compiler's version.
    pub rustc: String,
    /// Python's version.
    pub python: String,
    /// Tokio's version.
    pub tokio: String,
    /// When: year-month-day.
    pub date: String,
    /// How busy its cores were before each round, at rest: 0 to 1.
    pub busy_at_rest: Vec<f64>,
}

/// How it was measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Method {
    /// How often; the figures are medians.
    pub rounds: usize,
    /// For so long each time, in milliseconds, after a warm-up.
    pub window_ms: u64,
    /// Bytes of a message.
    pub message: usize,
    /// How often a visitor asks, on average.
    pub questions: u64,
    /// The server has a core of its own and all clients have another.
    pub own_cores: bool,
}

/// A server with a number of clients.
#[derive(Debug, Serialize, Deserialize)]
pub struct Point {
    /// One of lesson 10's models, or `python`, or `tokio`.
    pub server: String,
    /// What the clients do.
    pub crowd: Crowd,
    /// How many there are at each moment.
    pub clients: usize,
    /// One after the other.
    pub rounds: Vec<Round>,
}

/// What clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crowd {
    /// Each stays and asks again and again.
    Stay,
    /// Each asks some times and leaves, and a new one comes.
    Visit,
    /// Each asks once and stays.
    Idle,
}

/// One measurement.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Round {
    /// How many clients had been answered at all when it ended.
    pub served: usize,
    /// Answers a second.
    pub rate: f64,
    /// Of any client at any moment: half of them wait for something shorter.
    pub p50: Wait,
    /// 99 of a hundred wait for something shorter.
    pub p99: Wait,
    /// As most tools have it: half of all answers came sooner.
    pub answers_p50: Wait,
    /// 99 of a hundred answers came sooner.
    pub answers_p99: Wait,
    /// The server's, its children's, the kernel's.
    pub memory: Memory,
    /// How busy the server's core was: 0 to 1.
    pub server_busy: f64,
    /// How busy the clients' core was.
    pub clients_busy: f64,
}

/// From the question to the end of its answer; the first question of a client begins
/// when it wants to connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// In microseconds.
    pub us: f64,
    /// There was no answer yet: it is so long or longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_more: bool,
}

/// In KiB.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Memory {
    /// VmRSS of the server and of its children, added up.
    pub rss: u64,
    /// VmHWM, added up.
    pub peak: u64,
    /// Pss, added up: a page that n processes share counts 1/n in each.
    pub pss: u64,
    /// What the kernel took on the whole machine since before the clients came: stacks
    /// of threads, page tables, both ends of each connection.
    pub kernel: i64,
    /// How many processes.
    pub processes: usize,
}

impl Wait {
    /// In microseconds, and if it may be more.
    pub fn value(&self) -> (f64, bool) {
        (self.us, self.or_more)
    }
}

impl Measured {
    /// The figures in `docs/figures/NAME.json`.
    ///
    /// # Errors
    ///
    /// No such file, or other figures.
    pub fn read(root: &Path, name: &str) -> Result<Self, String> {
        let path = format!("docs/figures/{name}.json");
        let text = read(root, &path)?;
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
    }
}
