//! Lesson 12: the same conversation in the file system.
//!
//! On the wire: as lesson 2, every byte comes back in upper case. Only the address
//! is another one: a path. Who may connect is decided by the file's permissions, and
//! no other machine can.

mod server;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod system;

use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use cli::{context, show};

pub use server::{Event, serve};
pub use system::{Listener, Stream, connect, lock_folder, pair};

/// How many bytes one read takes at most.
pub const BUFFER_SIZE: usize = 1024;

/// A long line is sent and read back in pieces of this size (see lesson 2): whatever
/// the answer's size, it fits the buffer of a Unix socket, which has 8 KiB on macOS.
const PIECE: usize = 4 * 1024;

/// The path both programs use when they are given none: in the user's own folder
/// `XDG_RUNTIME_DIR`, or else in the folder for temporary files.
pub fn default_path() -> PathBuf {
    let own = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let folder = own.filter(|folder| folder.is_absolute());
    folder.unwrap_or_else(env::temp_dir).join("unix-socket.sock")
}

/// The communication loop of lesson 2, over anything that reads and writes. Returns
/// how many bytes came.
///
/// # Errors
///
/// `ConnectionReset` or `BrokenPipe` if the client broke the connection.
pub fn talk(mut stream: impl Read + Write) -> io::Result<u64> {
    let mut buffer = [0; BUFFER_SIZE];
    let mut total = 0;
    loop {
        let size = match stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result.map_err(context("cannot read"))?,
        };
        if size == 0 {
            return Ok(total);
        }
        let message = &buffer[..size];
        println!("received {size} bytes: {}", show(message));
        stream
            .write_all(&message.to_ascii_uppercase())
            .map_err(context("cannot write"))?;
        total += size as u64;
    }
}

/// Sends a message and returns its answer, which is as long as the message.
///
/// # Errors
///
/// `UnexpectedEof` if the server closes before the answer is complete,
/// `ConnectionReset` or `BrokenPipe` if it breaks the connection.
pub fn ask(stream: &mut (impl Read + Write), message: &[u8]) -> io::Result<Vec<u8>> {
    let mut answer = message.to_vec();
    for piece in answer.chunks_mut(PIECE) {
        stream.write_all(piece).map_err(context("cannot write"))?;
        stream.read_exact(piece).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                let text = "the server closed the connection before its answer was \
                            complete";
                io::Error::new(ErrorKind::UnexpectedEof, text)
            }
            _ => context("cannot read")(error),
        })?;
    }
    Ok(answer)
}

/// What was tried with which path, the system's words, and a line that says what to
/// do. The kind is lost: what [`cli::main`] would add to it is about TCP.
pub fn explain(what: &str, path: &Path, error: &io::Error) -> io::Error {
    let hint = match error.kind() {
        ErrorKind::AddrInUse => {
            "\n  A server listens there already. See who (Linux): ss -xlp. End it, or \
             take another path."
        }
        ErrorKind::ConnectionRefused => {
            "\n  Nobody listens there: a server that was killed has left the file. \
             Start a new one."
        }
        ErrorKind::NotFound if what.contains("connect") => {
            "\n  Start the server first, and compare the paths."
        }
        ErrorKind::PermissionDenied => {
            "\n  The owner of the file and its folder decides who may: see ls -l."
        }
        _ => "",
    };
    io::Error::other(format!("{what} {}: {error}{hint}", path.display()))
}
