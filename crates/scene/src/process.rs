//! A program in a terminal: started, typed into, listened to, and ended on every path.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::parse::Stream;
use crate::rest;

/// A longer line is taken for several.
const MAX_LINE: u64 = 64 * 1024;

/// Something that a program's terminal shows.
#[derive(Debug)]
pub struct Heard {
    /// The program that printed it.
    pub from: ProgramId,
    /// Where.
    pub stream: Stream,
    /// A line without its line end; `None` is the end of the stream.
    pub line: Option<String>,
}

/// Tells the programs of a play apart, also those of one terminal.
pub type ProgramId = usize;

/// A running program. Dropping it ends the program and all that it has started.
#[derive(Debug)]
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    listeners: Vec<PathBuf>,
    guard: Guard,
}

impl Program {
    /// Starts a program; what it prints is sent to `heard`, line by line.
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub fn start(
        id: ProgramId,
        mut command: Command,
        heard: &SyncSender<Heard>,
    ) -> io::Result<Self> {
        // Where the system cannot make a pipe that children do not inherit in one step
        // (macOS), a program that starts just then would keep another's input open.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let guard = Guard::start()?;
        guard.adopt(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let mut listeners = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            listeners.extend(listen(id, Stream::Out, stdout, heard.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            listeners.extend(listen(id, Stream::Err, stderr, heard.clone()));
        }
        Ok(Program { child, input, listeners, guard })
    }

    /// Where the system tells of the program, of all that it has started, and of the
    /// threads that listen to it: see [`rest`].
    pub fn tasks(&self) -> Vec<PathBuf> {
        let mut tasks = rest::tasks_of(self.child.id());
        tasks.extend(self.listeners.iter().cloned());
        tasks
    }

    /// Types a line.
    ///
    /// # Errors
    ///
    /// The program has ended or has closed its input.
    pub fn type_line(&mut self, text: &str) -> io::Result<()> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(format!("{text}\n").as_bytes())
    }

    /// The end of its input, as Ctrl-D gives it.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// SIGINT to the program and all that it has started, as Ctrl-C gives it.
    ///
    /// # Errors
    ///
    /// The system has no SIGINT.
    pub fn interrupt(&mut self) -> io::Result<()> {
        self.guard.interrupt()
    }

    /// Ends the program at once (SIGKILL) and waits for its end.
    ///
    /// # Errors
    ///
    /// The system's, if it cannot be ended.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Its exit status, if it has ended; 128 + N if signal N ended it.
    ///
    /// # Errors
    ///
    /// The system's, if it cannot be asked.
    pub fn exit_status(&mut self) -> io::Result<Option<i32>> {
        Ok(self.child.try_wait()?.map(shell_status))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error here means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a stream to its end in a thread of its own, so that a program never waits for
/// us to read. Returns where the system tells of this thread, if it does.
fn listen(
    id: ProgramId,
    stream: Stream,
    from: impl Read + Send + 'static,
    heard: SyncSender<Heard>,
) -> Option<PathBuf> {
    let (started, task) = mpsc::channel();
    thread::spawn(move || {
        let _ = started.send(rest::this_thread());
        let mut from = BufReader::new(from);
        loop {
            let mut bytes = Vec::new();
            let line = match (&mut from).take(MAX_LINE).read_until(b'\n', &mut bytes)
            {
                Ok(0) | Err(_) => None,
                Ok(_) => Some(text(&bytes)),
            };
            let ended = line.is_none();
            // Nobody listens any more once the play is over.
            if heard.send(Heard { from: id, stream, line }).is_err() || ended {
                return;
            }
        }
    });
    task.recv().ok().flatten()
}

/// A line without its end, and without blanks there, which nobody can see.
fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().to_string()
}

#[cfg(unix)]
fn shell_status(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[cfg(not(unix))]
fn shell_status(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

#[cfg(unix)]
pub use unix::Guard;

#[cfg(not(unix))]
pub use other::Guard;

#[cfg(unix)]
mod unix {
    use std::io::{self, Read};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    /// A shell that leads the process group of one program and waits for the end of its
    /// input. That comes when this process drops the guard or dies, of whatever cause
    /// (a panic, Ctrl-C, kill -9); then the shell ends the group, itself included. A
    /// process that leaves the group (`setsid`) is out of its reach.
    #[derive(Debug)]
    pub struct Guard(Child);

    impl Guard {
        /// Starts the shell and waits until it is on guard.
        ///
        /// # Errors
        ///
        /// There is no `sh`.
        pub fn start() -> io::Result<Self> {
            let mut shell = Command::new("sh")
                .args(["-c", "trap '' INT TERM HUP; echo; read _; kill -KILL 0"])
                .process_group(0)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            if let Some(mut ready) = shell.stdout.take() {
                ready.read_exact(&mut [0])?;
            }
            Ok(Guard(shell))
        }

        /// Puts a program that is about to start into the group.
        pub fn adopt(&self, command: &mut Command) {
            command.process_group(self.group());
        }

        /// SIGINT to the whole group, as a terminal does it.
        ///
        /// # Errors
        ///
        /// There is no `sh`, or it cannot send the signal.
        pub fn interrupt(&self) -> io::Result<()> {
            let command = format!("kill -s INT -- -{}", self.group());
            let status = Command::new("sh").args(["-c", &command]).status()?;
            if status.success() {
                Ok(())
            } else {
                Err(io::Error::other("kill failed"))
            }
        }

        fn group(&self) -> i32 {
            self.0.id().cast_signed()
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.stdin = None;
            let _ = self.0.wait();
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::process::Command;

    /// Where there are no process groups, a program is ended when it is dropped, but
    /// what it started, or a play that is killed, leaves processes behind.
    #[derive(Debug)]
    pub struct Guard;

    impl Guard {
        /// Does nothing.
        ///
        /// # Errors
        ///
        /// None.
        pub fn start() -> io::Result<Self> {
            Ok(Guard)
        }

        /// Does nothing.
        pub fn adopt(&self, _command: &mut Command) {}

        /// Cannot be done.
        ///
        /// # Errors
        ///
        /// Always `Unsupported`.
        pub fn interrupt(&self) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}
