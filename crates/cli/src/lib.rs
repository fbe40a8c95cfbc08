//! What every lesson's `main` shares: arguments, `--help`, lines that are typed, bytes
//! that are shown, and how a fatal error is printed. No sockets here: those stand in the lessons, where they can be read.
//!
//! A whole `main`:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! const USAGE: &str = "\
//! Usage: greet [ADDR]
//!
//! Says where it would go. ADDR is IP:PORT, default 127.0.0.1:7000.
//! ";
//!
//! fn main() -> ExitCode {
//!     cli::main(USAGE, run)
//! }
//!
//! fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
//!     let addr = args.address("127.0.0.1:7000")?;
//!     args.finish()?;
//!     println!("to {addr}");
//!     Ok(())
//! }
//! ```

mod args;
mod input;
mod show;

use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::panic;
use std::path::Path;
use std::process::ExitCode;

pub use args::Args;
pub use input::lines;
pub use show::{printable, show};

/// What [`read_file`] reads at most.
const MAX_FILE: u64 = 1 << 20;

/// Why a program ends without success.
#[derive(Debug)]
pub enum Error {
    /// The command line is wrong: exit status 2. The text says what was wrong and
    /// what was expected.
    Usage(String),
    /// Something failed while it ran: exit status 1.
    Failed(io::Error),
    /// All is said already: this exit status.
    Status(u8),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Failed(error)
    }
}

/// Runs a program: reads the command line, calls `run`, prints an error as one line
/// `program: what failed: the system's words` on stderr, and a second line where a
/// beginner would be stuck. The program's name
/// is what stands between `Usage:` and the first bracket of `usage`.
///
/// Exit status: 0 success or `--help`, 1 failure, 2 wrong usage, or as `run` says. A reader of stdout
/// that goes away (`server | head -1`) ends the program quietly.
pub fn main(
    usage: &str,
    run: impl FnOnce(&mut Args) -> Result<(), Error>,
) -> ExitCode {
    let line = usage.strip_prefix("Usage: ").unwrap_or(usage);
    let name = line.split(['[', '\n']).next().unwrap_or_default().trim().to_string();
    end_when_output_fails(name.clone());
    let result = Args::from_env().and_then(|mut args| {
        if args.wants_help() {
            print!("{usage}");
            return Ok(());
        }
        run(&mut args)
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Usage(text)) => {
            complain(format!("{name}: {text} (see {name} --help)"));
            ExitCode::from(2)
        }
        Err(Error::Status(status)) => ExitCode::from(status),
        Err(Error::Failed(error)) => {
            complain(format!("{name}: {error}"));
            if let Some(hint) = hint(&error) {
                complain(format!("  {hint}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// Says what was tried in front of what the system said, for `map_err`: std's error
/// names neither the call nor the address. The kind stays what it was.
///
/// ```
/// # use std::net::TcpListener;
/// let taken = TcpListener::bind("127.0.0.1:0")?;
/// let addr = taken.local_addr()?;
/// let error = TcpListener::bind(addr)
///     .map_err(cli::context(format!("cannot listen on {addr}")))
///     .unwrap_err();
/// assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"));
/// assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn context(what: impl Display) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// The bytes of a small file that somebody named, as `fs::read`, which would wait for
/// ever at a FIFO, and fill the memory from `/dev/zero`.
///
/// # Errors
///
/// `InvalidInput` if it is no regular file or has more than 1 MiB; the system's.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let seen = fs::metadata(path)?;
    if !seen.is_file() || seen.len() > MAX_FILE {
        let text = format!("expected a file of at most {MAX_FILE} bytes");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    fs::read(path)
}

/// Prints bytes on stdout, as they are: `print!` for what may not be UTF-8.
///
/// # Panics
///
/// As `print!`: if stdout cannot be written, which [`main`] turns into an end.
pub fn print(bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        panic!("failed printing to stdout: {error}");
    }
}

/// Prints bytes and a line end on stdout.
///
/// # Panics
///
/// As [`print()`].
pub fn print_line(bytes: &[u8]) {
    print(&[bytes, b"\n"].concat());
}

/// Prints a line on stderr, if it can be printed: `eprintln!` panics if it cannot, and
/// a server must not end because nobody hears its complaints.
pub fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// What to do about an error that stops a beginner.
fn hint(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::AddrInUse => Some(
            "A program has this port already, or (TCP) an old connection's TIME_WAIT still \
             holds it.\n  See who (Linux): ss -tuanp. End it, wait a minute, or take another \
             port (0: any free one).",
        ),
        ErrorKind::AddrNotAvailable => {
            Some("That is no address of this machine. 127.0.0.1 always is.")
        }
        ErrorKind::ConnectionRefused => Some(
            "Nobody listens there. Start the server first, and compare address and port.",
        ),
        ErrorKind::PermissionDenied
            if error.to_string().starts_with("cannot listen") =>
        {
            Some(
                "Ports below 1024 are the administrator's on many systems: take a higher one.",
            )
        }
        _ => None,
    }
}

/// `println!` panics when stdout cannot be written. Lessons use it all the same,
/// because everybody can read it; so that panic, and no other, becomes an end: quiet
/// when the reader has gone, with the system's words otherwise (a full disk).
fn end_when_output_fails(name: String) {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>().map_or("", |text| text);
        let Some(why) = text.strip_prefix("failed printing to stdout: ") else {
            return report(info);
        };
        // EPIPE on Unix, ERROR_NO_DATA on Windows: nobody reads any more.
        let gone = why.contains("(os error 32)") || why.contains("(os error 232)");
        if !gone {
            complain(format!("{name}: cannot write to standard output: {why}"));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "no thread can print any more"
        )]
        std::process::exit(if gone { 0 } else { 1 });
    }));
}
