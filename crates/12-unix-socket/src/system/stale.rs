//! The file of a server that is dead: found out, and removed by one server at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use cli::context;
use socket2::{Domain, SockAddr, Socket, Type};

/// Waits until no other server of this lesson looks around in the folder of this path
/// ([flock(2)]); calls `waiting` if it is not the first. If two started at once, both
/// could find the same dead file, and the second would remove what the first has just
/// made. The system unlocks it when the file is closed, however its process ends.
///
/// # Errors
///
/// `NotFound` or `NotADirectory` if there is no such folder; otherwise the system's.
///
/// [flock(2)]: https://man7.org/linux/man-pages/man2/flock.2.html
pub fn lock_folder(path: &Path, waiting: impl FnOnce()) -> io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // The dot at the end is in a folder only: nothing waits at a FIFO.
    let folder = File::open(folder.unwrap_or(Path::new(".")).join("."))
        .map_err(context("cannot open the folder"))?;
    let locked = match folder.try_lock() {
        Err(TryLockError::WouldBlock) => {
            waiting();
            folder.lock()
        }
        tried => tried.map_err(io::Error::from),
    };
    locked.map_err(context("cannot lock the folder"))?;
    Ok(folder)
}

/// Removes the socket of a dead server. What is alive stays, and bind says the rest.
pub fn make_room(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(seen) if !seen.file_type().is_socket() => {
            let text = "what stands there is no socket, and is left alone";
            Err(io::Error::new(ErrorKind::AlreadyExists, text))
        }
        Ok(_) if is_dead(path)? => fs::remove_file(path)
            .map_err(context("cannot remove the socket of a dead server")),
        Ok(_) => Ok(()),
    }
}

/// True if the system says that nobody listens. Linux tells a server whose queue is
/// full from a dead one: it would have to wait (EAGAIN). Other systems refuse then,
/// too.
fn is_dead(path: &Path) -> io::Result<bool> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let connected = socket.connect(&SockAddr::unix(path)?);
    match connected {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(true),
        // Another user's: we may not ask, so we do not know.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        _ => Ok(false),
    }
}
