//! TCP as a source of clients.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::{Cutter, Request, Source};

/// If the queue of connections is full, accept does not wait, and needs no waking.
const WAKE_LIMIT: Duration = Duration::from_millis(100);

impl Source for TcpListener {
    type Request = TcpStream;

    fn accept(self: &Arc<Self>) -> io::Result<(TcpStream, String)> {
        let (stream, peer) = TcpListener::accept(self)?;
        // A long answer is many writes: see lesson 6. Without it, it is only slow.
        let _ = stream.set_nodelay(true);
        Ok((stream, peer.to_string()))
    }

    fn wake(&self) -> io::Result<()> {
        let addr = reachable(self.local_addr()?);
        TcpStream::connect_timeout(&addr, WAKE_LIMIT).map(drop)
    }
}

impl Request for TcpStream {
    const CONNECTS: bool = true;

    fn cutter(&self) -> io::Result<Cutter> {
        let stream = self.try_clone()?;
        Ok(Box::new(move || drop(stream.shutdown(Shutdown::Both))))
    }

    fn refuse(&mut self, line: &str) -> io::Result<()> {
        self.write_all(line.as_bytes())?;
        self.shutdown(Shutdown::Write)
    }

    /// Says that no more will come, also if the handler has kept a copy somewhere.
    fn finish(self) -> io::Result<()> {
        let _ = self.shutdown(Shutdown::Write); // who is gone needs no end of file
        Ok(())
    }
}

/// Where a program of this machine reaches a socket. `0.0.0.0` and `[::]` mean all
/// addresses, and not every system lets one connect to them.
pub(crate) fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(match addr {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    addr
}
