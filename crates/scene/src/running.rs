//! A real program that a test runs by itself: started, watched, stopped, and ended on
//! every path.

use std::io::{self, ErrorKind, Read};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a busy machine; reached only if something never happens.
const LIMIT: Duration = Duration::from_secs(20);

/// A program that is ended when this is dropped, so also when a test fails.
#[derive(Debug)]
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // An error here means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// It cannot be started.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        match command.spawn() {
            Ok(child) => Running(child),
            Err(error) => panic!("cannot start {command:?}: {error}"),
        }
    }

    /// The address that a server says when it accepts connections, in the line
    /// `listening on ADDR`. What it prints behind that is left in the pipe.
    ///
    /// # Panics
    ///
    /// Its stdout is no pipe, or it says something else.
    #[track_caller]
    pub fn listening_on(&mut self) -> String {
        let stdout = self.0.stdout.as_mut().unwrap_or_else(|| panic!("no pipe"));
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") && stdout.read_exact(&mut byte).is_ok() {
            line.extend(byte);
        }
        let line = String::from_utf8_lossy(&line);
        match line.trim_end().strip_prefix("listening on ") {
            Some(addr) => addr.to_string(),
            None => panic!("no server: it says {line:?}"),
        }
    }

    /// Ends it at once (SIGKILL) and waits for its end.
    ///
    /// # Panics
    ///
    /// The system cannot do that.
    #[track_caller]
    pub fn kill(&mut self) {
        let ended = self.0.kill().and_then(|()| self.0.wait());
        assert!(ended.is_ok(), "cannot end it: {ended:?}");
    }

    /// Sends it a signal, by its name without SIG (kill(1)).
    ///
    /// # Panics
    ///
    /// There is no such signal, or no `sh`.
    #[cfg(unix)]
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.0.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {name}");
    }

    /// Waits until all its threads wait for something.
    ///
    /// # Panics
    ///
    /// They do not.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn come_to_rest(&self) {
        let mut last = None;
        wait_until("all its threads wait", || {
            let now = crate::rest::look(&self.threads());
            let same = now.is_some() && now == last;
            last = now;
            same
        });
    }

    /// Stops the program in what it waits for, and lets it go on, as a reader does
    /// with Ctrl-Z and `fg`. Linux then ends a call on a socket with a time-out
    /// (EINTR), even if the program handles no signals ([signal(7)]).
    ///
    /// # Panics
    ///
    /// It does not come to rest, or does not stop.
    ///
    /// [signal(7)]: https://man7.org/linux/man-pages/man7/signal.7.html
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn stop_and_continue(&self) {
        self.come_to_rest();
        self.signal("STOP");
        wait_until("all its threads have stopped", || {
            self.threads().iter().all(|thread| {
                let stat = std::fs::read_to_string(thread.join("stat"));
                stat.is_ok_and(|stat| stat.contains(") T "))
            })
        });
        self.signal("CONT");
    }

    /// How many threads (`task`) or descriptors (`fd`) it has: the entries of a folder
    /// in /proc/PID.
    ///
    /// # Panics
    ///
    /// There is no such folder.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn count(&self, folder: &str) -> usize {
        let path = format!("/proc/{}/{folder}", self.0.id());
        match std::fs::read_dir(&path) {
            Ok(entries) => entries.count(),
            Err(error) => panic!("cannot read {path}: {error}"),
        }
    }

    /// Where the system tells of its threads, but not of those of its children.
    #[cfg(target_os = "linux")]
    fn threads(&self) -> Vec<std::path::PathBuf> {
        let folder = std::fs::read_dir(format!("/proc/{}/task", self.0.id()));
        let threads = folder.into_iter().flatten().flatten();
        threads.map(|thread| thread.path()).collect()
    }
}

/// Waits until it is true.
///
/// # Panics
///
/// It is not true within 20 seconds.
#[track_caller]
pub fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::yield_now();
    }
}

/// Makes a call of the system, again if a stop of this process has ended it (EINTR):
/// any machine may stop a test for a while, and `read`, `peek` and `recv` with a
/// time-out do not go on by themselves then, as `read_exact`, `write_all` and `accept`
/// do.
///
/// ```
/// # use std::net::UdpSocket;
/// let socket = UdpSocket::bind("127.0.0.1:0")?;
/// socket.send_to(b"hello", socket.local_addr()?)?;
/// let mut buffer = [0; 10];
/// assert_eq!(scene::uninterrupted(|| socket.recv(&mut buffer))?, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Any other than `Interrupted`.
pub fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
