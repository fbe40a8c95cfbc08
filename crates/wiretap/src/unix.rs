//! Socket files: those that an earlier program has left, and our own.

use std::io;
use std::path::Path;

/// Removes a socket file on which nobody listens any more. What is no socket, a link
/// included, is never touched.
///
/// # Errors
///
/// `AddrInUse` if it is something else or somebody listens; the system's if it
/// cannot be removed.
#[cfg(unix)]
pub fn remove_dead(path: &Path) -> io::Result<()> {
    use socket2::{Domain, SockAddr, Socket, Type};
    use std::os::unix::fs::FileTypeExt;
    let is_socket = path.symlink_metadata()?.file_type().is_socket();
    let refused =
        |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    // Without waiting: a server whose queue is full is alive (lesson 12).
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    probe.set_nonblocking(true)?;
    let answer = probe.connect(&SockAddr::unix(path)?);
    if is_socket && answer.is_err_and(refused) {
        return std::fs::remove_file(path);
    }
    let text = match is_socket {
        true => "somebody listens there",
        false => "something that is no socket stands there",
    };
    Err(io::Error::new(io::ErrorKind::AddrInUse, text))
}

/// There is nothing to remove.
///
/// # Errors
///
/// Always `AddrInUse`.
#[cfg(not(unix))]
pub fn remove_dead(_path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::AddrInUse.into())
}

/// Removes the socket file here when a signal ends this process (Ctrl-C), if it is
/// still the one that stands there now. After `kill -9` it stays, and the next start
/// replaces it.
///
/// # Errors
///
/// The system's.
#[cfg(unix)]
pub fn remove_at_the_end(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let identity =
        |path: &Path| path.symlink_metadata().map(|seen| (seen.dev(), seen.ino()));
    let (path, made) = (path.to_path_buf(), identity(path)?);
    let end = move || {
        if identity(&path).is_ok_and(|now| now == made) {
            let _ = std::fs::remove_file(&path);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "as the signal would have done"
        )]
        std::process::exit(130);
    };
    ctrlc::set_handler(end).map_err(io::Error::other)
}

/// There is nothing to remove.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn remove_at_the_end(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The same error, and what to do about it in the file system: the advice for TCP
/// would be wrong.
pub fn advised(error: io::Error) -> io::Error {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "Take another path, or end who listens there (Linux: ss -xlp)."
        }
        io::ErrorKind::NotFound => "The folder of the socket must exist.",
        io::ErrorKind::PermissionDenied => "Take a folder in which you may write.",
        _ => return error,
    };
    io::Error::other(format!("{error}\n  {advice}"))
}

/// Lets only the owner connect, between bind and listen: the tap must not open to
/// others what the server keeps for one (lesson 12).
///
/// # Errors
///
/// The system's.
#[cfg(unix)]
pub fn for_the_owner(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// There is nothing to do.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn for_the_owner(_path: &Path) -> io::Result<()> {
    Ok(())
}
