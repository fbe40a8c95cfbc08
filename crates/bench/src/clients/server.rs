//! The servers that are measured.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{self, Command, Stdio};

use book::measured::Machine;
use cli::complain;

use crate::peer::{Running, exists, free_port, start, wait_for_listener};

/// The core that a server has for itself, its children too.
pub const CORE: usize = 0;

/// Nobody is refused.
const MAX_CLIENTS: &str = "20000";

const PYTHON: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/peers/threading_server.py");

/// One of the servers.
pub struct Server<'a> {
    /// Where lesson 10's programs are.
    pub programs: &'a Path,
    /// Its name in the figures.
    pub name: &'a str,
    /// It has a core of its own.
    pub alone: bool,
}

/// The names of all that can be measured here.
pub fn all() -> Vec<&'static str> {
    let mut names = vec!["one", "threads", "processes", "pool", "python", "tokio"];
    if !exists("python3") {
        complain("bench: python is left out: there is no python3");
        names.retain(|name| *name != "python");
    }
    names
}

/// Puts this process, so all clients, onto the core behind the server's. False if there
/// is only one, or no program for it.
///
/// # Errors
///
/// The program fails.
pub fn give_cores(machine: &Machine) -> io::Result<bool> {
    if machine.cores < 2 || !exists("taskset") {
        complain(
            "bench: server and clients share the cores (no second, or no taskset)",
        );
        return Ok(false);
    }
    let (core, id) = ((CORE + 1).to_string(), process::id().to_string());
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "--pid", &core, &id]).stdout(Stdio::null());
    start(&mut command)?.wait()?;
    Ok(true)
}

/// True if it answers each client however many others stay.
pub fn answers_all(name: &str) -> bool {
    !["one", "pool"].contains(&name)
}

/// How many files it has open for a client.
pub fn files(name: &str) -> usize {
    // The connection, and a pipe from the client's process.
    if name == "processes" { 2 } else { 1 }
}

impl Server<'_> {
    /// Starts it, on a port that was free, and waits until it listens.
    ///
    /// # Errors
    ///
    /// It does not.
    pub fn start(&self) -> io::Result<(Running, SocketAddr)> {
        let port = free_port()?;
        let addr = format!("127.0.0.1:{port}");
        let mut words = Vec::new();
        if self.alone {
            words.extend(["taskset".into(), "--cpu-list".into(), CORE.to_string()]);
        }
        let mut program = |name: &Path, args: &[&str]| {
            words.push(name.to_string_lossy().into_owned());
            words.extend(args.iter().map(|arg| arg.to_string()));
        };
        match self.name {
            "python" => program("python3".as_ref(), &[PYTHON, &port.to_string()]),
            "tokio" => program(&env::current_exe()?, &["echo", &addr]),
            model => program(
                &self.programs.join("concurrency-server"),
                &["--model", model, "--max-clients", MAX_CLIENTS, &addr],
            ),
        }
        let mut command = Command::new(&words[0]);
        // At the end clients leave in the middle of their talk, and servers say so.
        command.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null());
        let server = start(&mut command)?;
        wait_for_listener(port)?;
        Ok((server, ([127, 0, 0, 1], port).into()))
    }
}
