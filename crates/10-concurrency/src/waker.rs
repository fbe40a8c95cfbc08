//! How to wake a thread that is blocked in accept: by what it waits for, a
//! connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longer than this only a full backlog keeps a connection to oneself waiting, and
/// then accept is not waiting.
const LIMIT: Duration = Duration::from_millis(100);

/// Wakes whoever is blocked in the accept of one listener.
#[derive(Debug)]
pub struct Waker {
    addr: SocketAddr,
    /// A descriptor to let go of: the connection needs one, and it may have to be
    /// made when there are none left.
    spare: Mutex<Option<TcpListener>>,
}

impl Waker {
    /// For this listener. It stays open until [`wake`](Waker::wake) lets go of its
    /// second descriptor, or the waker is dropped.
    ///
    /// # Errors
    ///
    /// There is no descriptor.
    pub fn new(listener: &TcpListener) -> io::Result<Self> {
        let mut addr = listener.local_addr()?;
        // Any address is one to listen on; who connects must say which.
        match addr.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => {
                addr.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            IpAddr::V6(ip) if ip.is_unspecified() => {
                addr.set_ip(Ipv6Addr::LOCALHOST.into());
            }
            _ => {}
        }
        Ok(Waker { addr, spare: Mutex::new(Some(listener.try_clone()?)) })
    }

    /// Connects to the listener, and closes the connection at once. What accept
    /// returns then is no client: whoever accepts has to ask whether the end has
    /// come, so say that first.
    pub fn wake(&self) {
        drop(self.spare.lock().unwrap_or_else(PoisonError::into_inner).take());
        // An error: nobody listens any more, or so many wait that accept does not.
        let _ = TcpStream::connect_timeout(&self.addr, LIMIT);
    }
}
