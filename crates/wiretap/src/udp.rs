//! Datagrams: one socket towards all clients, and towards the server one for each
//! client, so that the server's answers find back.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cli::{complain, context};
use comm_loop::pause_after;

use crate::event::{Direction, Onward, What};
use crate::fault::Switches;
use crate::lane::Lane;
use crate::reporter::{Bytes, Reporter};

/// So many clients are known at once; the datagrams of others are not taken.
pub const MAX_CLIENTS: usize = 256;

/// No datagram is larger, in bytes.
const MAX_DATAGRAM: usize = 65_535;

/// A relay for datagrams.
#[derive(Debug)]
pub struct UdpRelay {
    /// Where clients send to.
    pub socket: UdpSocket,
    /// Where the server is.
    pub to: SocketAddr,
    /// A client is forgotten when nothing has passed for so long.
    pub idle: Duration,
    /// Where events go.
    pub reporter: Arc<Reporter>,
    /// The faults.
    pub switches: Switches,
    /// The clients that are known, and how many there have ever been.
    pub clients: Mutex<(HashMap<SocketAddr, Arc<Client>>, u64)>,
}

/// Somebody who has sent a datagram.
#[derive(Debug)]
pub struct Client {
    number: u64,
    address: SocketAddr,
    /// Connected with the server: nobody else's datagrams come in.
    upstream: UdpSocket,
    lanes: [Mutex<Lane>; 2],
    heard: Mutex<Instant>,
}

/// Takes one datagram after the other. Never returns, whatever comes.
pub fn serve(relay: &Arc<UdpRelay>) -> ! {
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        match relay.socket.recv_from(&mut buffer) {
            Ok((size, address)) => match relay.client(address) {
                Ok(client) => {
                    relay.pass(&client, Direction::ClientToServer, &buffer[..size]);
                }
                Err(error) => {
                    let direction = Direction::ClientToServer;
                    let error = format!("{address}: {error}");
                    relay.reporter.tell(0, What::Failed { direction, error });
                }
            },
            // On Windows a reset: a datagram for a client found nobody there.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionReset | ErrorKind::Interrupted
                ) => {}
            Err(error) => {
                complain(format!("wiretap: cannot receive: {error}"));
                pause_after(&error);
            }
        }
    }
}

impl UdpRelay {
    /// The client with this address, a new one if it is not known.
    fn client(self: &Arc<Self>, address: SocketAddr) -> io::Result<Arc<Client>> {
        let mut clients = lock(&self.clients);
        if let Some(client) = clients.0.get(&address) {
            return Ok(Arc::clone(client));
        }
        if clients.0.len() >= MAX_CLIENTS {
            let text = format!("not taken, there are {MAX_CLIENTS} clients already");
            return Err(io::Error::other(text));
        }
        let number = clients.1 + 1;
        let client = Arc::new(Client::new(number, address, self.to)?);
        let (relay, answered) = (Arc::clone(self), Arc::clone(&client));
        let (client_name, server) = (address.to_string(), self.to.to_string());
        self.reporter.tell(number, What::Connect { client: client_name, server });
        thread::Builder::new().spawn(move || relay.answers(&answered))?;
        clients.1 = number;
        clients.0.insert(address, Arc::clone(&client));
        Ok(client)
    }

    /// Takes the server's datagrams for a client, until it has been idle for too
    /// long.
    fn answers(&self, client: &Client) {
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            let idle = lock(&client.heard).elapsed();
            let Some(left) =
                self.idle.checked_sub(idle).filter(|left| !left.is_zero())
            else {
                return self.forget(client);
            };
            let waited = client.upstream.set_read_timeout(Some(left));
            match waited.and_then(|()| client.upstream.recv(&mut buffer)) {
                Ok(size) => {
                    self.pass(client, Direction::ServerToClient, &buffer[..size]);
                }
                Err(error) => self.failed(client, &error),
            }
        }
    }

    /// Sends a datagram on, or whatever the faults make of it.
    fn pass(&self, client: &Client, direction: Direction, bytes: &[u8]) {
        *lock(&client.heard) = Instant::now();
        let faults = self.switches.of(direction);
        let mut lane = lock(&client.lanes[direction as usize]);
        let (number, onward, now) = lane.take(bytes, &faults);
        let piece = Bytes { direction, offset: number, bytes };
        self.reporter.arrived(client.number, &piece, onward);
        // All is told before the first is sent: its answer must not come in between.
        for datagram in &now {
            if onward != Onward::AsTheyCame || datagram.number != number {
                let (offset, bytes) = (datagram.number, &datagram.bytes[..]);
                let piece = Bytes { direction, offset, bytes };
                self.reporter.sent(client.number, &piece, &datagram.marks);
            }
        }
        for datagram in now {
            self.send(client, direction, &datagram.bytes);
        }
    }

    fn send(&self, client: &Client, direction: Direction, bytes: &[u8]) {
        let send = || match direction {
            Direction::ClientToServer => client.upstream.send(bytes),
            Direction::ServerToClient => self.socket.send_to(bytes, client.address),
        };
        let mut sent = send();
        // An ICMP error that an earlier datagram has met ends this call on Linux,
        // and nothing is sent.
        if let Some(error) =
            sent.as_ref().err().filter(|error| is_unreachable(error))
        {
            self.failed(client, error);
            sent = send();
        }
        if let Err(error) = sent {
            self.failed(client, &error);
        }
    }

    fn failed(&self, client: &Client, error: &io::Error) {
        let waited = matches!(
            error.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
        );
        if waited {
            return;
        }
        let (direction, to) = (Direction::ServerToClient, self.to);
        let why = match is_unreachable(error) {
            true => format!("nobody receives at {to} (ICMP): {error}"),
            false => error.to_string(),
        };
        let what = What::Failed { direction, error: why };
        self.reporter.tell(client.number, what);
        if !is_unreachable(error) {
            pause_after(error);
        }
    }

    fn forget(&self, client: &Client) {
        lock(&self.clients).0.remove(&client.address);
        let direction = Direction::ClientToServer;
        let text = format!("idle for {:?}, forgotten", self.idle);
        self.reporter.tell(client.number, What::TimeOut { direction, text });
        self.reporter.tell(client.number, What::Closed {});
    }
}

impl Client {
    fn new(number: u64, address: SocketAddr, to: SocketAddr) -> io::Result<Self> {
        let any: IpAddr = match to {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let upstream = UdpSocket::bind((any, 0))?;
        upstream.connect(to).map_err(context(format!("cannot connect to {to}")))?;
        let lanes = Direction::BOTH.map(|way| Mutex::new(Lane::new(number, way)));
        let heard = Mutex::new(Instant::now());
        Ok(Client { number, address, upstream, lanes, heard })
    }
}

/// ICMP's "port unreachable", as a connected socket is told of it.
fn is_unreachable(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
