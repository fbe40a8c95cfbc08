//! Socket files: those that an earlier program has left, and our own.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};

/// A path as an address.
///
/// # Errors
///
/// The path is too long for the system.
pub fn address(path: &Path) -> io::Result<SockAddr> {
    SockAddr::unix(path)
}

/// The path of a socket file, if the address has one.
pub fn path(address: &SockAddr) -> Option<&Path> {
    address.as_pathname()
}

/// Gives a socket its address as std does: a TCP port with SO_REUSEADDR (lesson 3). A
/// path's dead listener is replaced, and only the owner can connect: the tap must not
/// open to others what the server keeps for one (lesson 12).
///
/// # Errors
///
/// The system's.
pub fn bind(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    let Some(path) = path(address) else {
        socket.set_reuse_address(true)?;
        return socket.bind(address);
    };
    if socket.bind(address).is_err() {
        remove_dead(path)?;
        socket.bind(address)?;
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

/// Removes a socket file on which nobody listens any more. What is no socket, a link
/// included, is never touched.
fn remove_dead(path: &Path) -> io::Result<()> {
    let is_socket = path.symlink_metadata()?.file_type().is_socket();
    let refused =
        |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    // Without waiting: a server whose queue is full is alive (lesson 12).
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    probe.set_nonblocking(true)?;
    let answer = probe.connect(&SockAddr::unix(path)?);
    if is_socket && answer.is_err_and(refused) {
        return fs::remove_file(path);
    }
    let text = match is_socket {
        true => "somebody listens there",
        false => "something that is no socket stands there",
    };
    Err(io::Error::new(io::ErrorKind::AddrInUse, text))
}

/// Removes the socket file here when a signal ends this process (Ctrl-C), if it is
/// still the one that stands there now. After `kill -9` it stays, and the next start
/// replaces it.
///
/// # Errors
///
/// The system's.
pub fn remove_at_the_end(path: &Path) -> io::Result<()> {
    let identity =
        |path: &Path| path.symlink_metadata().map(|seen| (seen.dev(), seen.ino()));
    let (path, made) = (path.to_path_buf(), identity(path)?);
    let end = move || {
        if identity(&path).is_ok_and(|now| now == made) {
            let _ = fs::remove_file(&path);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "as the signal would have done"
        )]
        std::process::exit(130);
    };
    ctrlc::set_handler(end).map_err(io::Error::other)
}
