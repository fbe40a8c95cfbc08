//! Addresses and sockets, of TCP and in the file system, in one shape.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use cli::context;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::unix;

/// How many connections may wait for accept (Linux takes 4096 at most).
const BACKLOG: i32 = 1024;

/// Where a stream socket listens or is connected to.
#[derive(Clone, Debug)]
pub struct Address(SockAddr);

impl Address {
    /// An IP address and a port: TCP.
    pub fn tcp(address: SocketAddr) -> Self {
        Address(address.into())
    }

    /// A path: a Unix socket.
    ///
    /// # Errors
    ///
    /// A path that is too long for the system ([unix(7)]: 107 bytes on Linux), or any
    /// on Windows.
    ///
    /// [unix(7)]: https://man7.org/linux/man-pages/man7/unix.7.html
    pub fn unix(path: &Path) -> io::Result<Self> {
        let shown = path.display();
        let address = unix::address(path)
            .map_err(context(format!("{shown:?} cannot be a socket's path")))?;
        Ok(Address(address))
    }

    /// A socket that listens here. A socket file whose listener is dead is replaced.
    ///
    /// # Errors
    ///
    /// Those of socket, bind and listen, with the address.
    pub fn listen(&self) -> io::Result<Socket> {
        let socket = Socket::new(self.0.domain(), Type::STREAM, None)?;
        unix::bind(&socket, &self.0)
            .and_then(|()| socket.listen(BACKLOG))
            .map_err(context(format!("cannot listen on {self}")))?;
        Ok(socket)
    }

    /// A new connection to it.
    ///
    /// # Errors
    ///
    /// Those of socket and connect, with the address.
    pub fn connect(&self) -> io::Result<Socket> {
        let socket = Socket::new(self.0.domain(), Type::STREAM, None)?;
        socket
            .connect(&self.0)
            .map_err(context(format!("cannot connect to {self}")))?;
        ready(socket)
    }

    /// The address that a listener really has: port 0 means any.
    ///
    /// # Errors
    ///
    /// Those of getsockname.
    pub fn of(listener: &Socket) -> io::Result<Self> {
        listener.local_addr().map(Address)
    }
}

/// Takes the next connection.
///
/// # Errors
///
/// Those of accept.
pub fn accept(listener: &Socket) -> io::Result<(Socket, Address)> {
    let (socket, peer) = listener.accept()?;
    Ok((ready(socket)?, Address(peer)))
}

/// A relay sends on at once: whoever wants to wait for more (Nagle) has done so
/// before.
fn ready(socket: Socket) -> io::Result<Socket> {
    if socket.local_addr()?.domain() != Domain::UNIX {
        socket.set_tcp_nodelay(true)?;
    }
    Ok(socket)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_socket(), unix::path(&self.0)) {
            (Some(address), _) => write!(f, "{address}"),
            (_, Some(path)) => write!(f, "{}", path.display()),
            _ => write!(f, "(no name)"), // a Unix client that has not bound its socket
        }
    }
}
