//! One client: what its conversation does with its place among the others.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ExitStatus};
use std::sync::Arc;

use super::Clients;

/// A client, and its place among the [`Clients`]: dropping it gives the place back,
/// also when its handler panics.
#[derive(Debug)]
pub struct Client {
    /// The connection. It is closed when nobody holds it any more.
    pub stream: Arc<TcpStream>,
    /// Its address.
    pub peer: SocketAddr,
    /// Behind `stream`: who hears that a client has left may count on its
    /// descriptor.
    place: Place,
}

#[derive(Debug)]
struct Place {
    number: u64,
    clients: Arc<Clients>,
}

impl Client {
    /// The one that `clients` have under this number.
    pub(super) fn new(
        stream: Arc<TcpStream>,
        peer: SocketAddr,
        number: u64,
        clients: Arc<Clients>,
    ) -> Self {
        Client { stream, peer, place: Place { number, clients } }
    }

    /// From now on the conversation goes on until its own end, or until it is cut.
    /// False: the end has come before, so do not begin.
    pub fn begin(&self) -> bool {
        let mut state = self.place.clients.lock();
        let stopping = state.stops > 0;
        match state.open.get_mut(&self.place.number) {
            Some(open) if !stopping => {
                open.has_begun = true;
                true
            }
            _ => false,
        }
    }

    /// True if the server has cut the conversation: whatever it ended with, it was
    /// not the client.
    pub fn is_cut(&self) -> bool {
        self.place.clients.lock().cut
    }

    /// Leaves a child here that talks with this client, so that it can be killed at
    /// the end. Whoever sees that it has ended calls [`reap`](Client::reap).
    pub fn adopt(&self, child: Child) {
        let mut state = self.place.clients.lock();
        if let Some(open) = state.open.get_mut(&self.place.number) {
            open.child = Some(child);
        }
    }

    /// Waits for the child's end and returns its status, wait(2): until then it is a
    /// zombie. `None` if there is no child.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn reap(&self) -> io::Result<Option<ExitStatus>> {
        let mut state = self.place.clients.lock();
        let open = state.open.get_mut(&self.place.number);
        let child = open.and_then(|open| open.child.take());
        drop(state); // nobody else has to wait for it
        child.map(|mut child| child.wait()).transpose()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clients.lock().open.remove(&self.number);
        self.clients.changed.notify_all();
    }
}
