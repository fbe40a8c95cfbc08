//! Programs that are measured: started, waited for, ended.

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cli::context;

/// So long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that is ended when this is dropped, so also when something fails.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // An error here means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program; its output goes nowhere unless it is on a pipe.
///
/// # Errors
///
/// It cannot be started.
pub fn start(command: &mut Command) -> io::Result<Running> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stdin(Stdio::null()).spawn();
    child.map(Running).map_err(context(format!("cannot start {name}")))
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// The port in the first line of its output, where it says so: the last number of a
    /// word that begins `:` or stands alone.
    ///
    /// # Errors
    ///
    /// It ends before, or says something else.
    pub fn port(&mut self) -> io::Result<u16> {
        let stdout = self.0.stdout.as_mut().ok_or(ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let words = line.split([' ', ':']);
        let port = words.filter_map(|word| word.trim().parse().ok()).next_back();
        port.ok_or_else(|| io::Error::other(format!("no port in {line:?}")))
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// It fails.
    pub fn wait(&mut self) -> io::Result<()> {
        let status = self.0.wait()?;
        match status.success() {
            true => Ok(()),
            false => Err(io::Error::other(format!("a program fails: {status}"))),
        }
    }

    /// The most memory that it has had, in KiB; `None` if it has ended. See VmHWM in
    /// proc_pid_status(5).
    pub fn peak_kib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Waits for its end, and looks at its memory all the time.
    ///
    /// # Errors
    ///
    /// It fails.
    pub fn wait_for_peak_kib(&mut self) -> io::Result<u64> {
        let mut peak = 0;
        while self.0.try_wait()?.is_none() {
            peak = peak.max(self.peak_kib().unwrap_or_default());
            thread::yield_now();
        }
        self.wait()?;
        Ok(peak)
    }
}

/// A port of 127.0.0.1 that was free just now.
///
/// # Errors
///
/// There is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens on a port of 127.0.0.1, without connecting: some take
/// only one connection. See /proc/net/tcp in proc_pid_net(5).
///
/// # Errors
///
/// Nobody does.
pub fn wait_for_listener(port: u16) -> io::Result<()> {
    let local = format!(" 0100007F:{port:04X} 00000000:0000 0A ");
    let deadline = Instant::now() + PATIENCE;
    while !fs::read_to_string("/proc/net/tcp")?.contains(&local) {
        if Instant::now() > deadline {
            let text = format!("nobody listens on port {port}");
            return Err(io::Error::other(text));
        }
        thread::yield_now();
    }
    Ok(())
}

/// True if the program is there.
pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
