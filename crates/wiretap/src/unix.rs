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
