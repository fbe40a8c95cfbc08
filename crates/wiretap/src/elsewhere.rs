//! Systems without Unix sockets in Rust's library: no address is a path.

use std::io::{self, ErrorKind};
use std::path::Path;

use socket2::{SockAddr, Socket};

/// Says that there are no Unix sockets here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn address(_path: &Path) -> io::Result<SockAddr> {
    let text = "Rust's library has Unix sockets on Unix systems only";
    Err(io::Error::new(ErrorKind::Unsupported, text))
}

/// None: no address has one.
pub fn path(_address: &SockAddr) -> Option<&Path> {
    None
}

/// Gives a socket its address as std does: without SO_REUSEADDR, which means something
/// else on Windows (lesson 3).
///
/// # Errors
///
/// The system's.
pub fn bind(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    socket.bind(address)
}

/// Never called.
///
/// # Errors
///
/// None.
pub fn remove_at_the_end(_path: &Path) -> io::Result<()> {
    Ok(())
}
