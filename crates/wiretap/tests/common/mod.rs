//! A relay in this process, and the programs on both of its sides.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use socket2::SockRef;
use wiretap::event::{Direction, Event, What};
use wiretap::fault::{Faults, Switches};
use wiretap::listen::Address;
use wiretap::relay::{Relay, serve};
use wiretap::reporter::{Reporter, Wanted};

pub const LIMIT: Duration = Duration::from_secs(10);

pub const EVERYTHING: Wanted = Wanted { pieces: true, bytes: usize::MAX, all: true };

/// A relay, the listener behind it, and what it reports.
pub struct Tapped {
    pub address: SocketAddr,
    pub server: TcpListener,
    pub events: Receiver<Event>,
    pub switches: Switches,
}

pub fn relay(wanted: Wanted, faults: [Faults; 2]) -> Tapped {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&server).set_read_timeout(Some(LIMIT)).unwrap(); // for accept
    let (address, events, switches) =
        relay_to(server.local_addr().unwrap(), wanted, faults);
    Tapped { address, server, events, switches }
}

pub fn relay_to(
    to: SocketAddr,
    wanted: Wanted,
    faults: [Faults; 2],
) -> (SocketAddr, Receiver<Event>, Switches) {
    let listen = Address::tcp("127.0.0.1:0".parse().unwrap());
    let listener = listen.listen().unwrap();
    let address = Address::of(&listener).unwrap().to_string().parse().unwrap();
    let (reporter, events) = Reporter::new(wanted);
    let switches = Switches::new(faults);
    let relay = Relay {
        to: Address::tcp(to),
        reporter: Arc::new(reporter),
        switches: switches.clone(),
    };
    thread::spawn(move || serve(&listener, relay));
    (address, events, switches)
}

/// With a fault from the client to the server, or none.
pub fn there(faults: Faults) -> Tapped {
    relay(EVERYTHING, [faults, Faults::default()])
}

impl Tapped {
    /// A client and the server's side of its connection.
    pub fn connect(&self) -> (TcpStream, TcpStream) {
        let client = timed(TcpStream::connect(self.address).unwrap());
        let (server, _) = self.server.accept().unwrap();
        (client, timed(server))
    }

    /// The next event, without its number and time.
    pub fn next(&self) -> What {
        self.events.recv_timeout(LIMIT).unwrap().what
    }

    /// All events up to the connection's end.
    pub fn until_closed(&self) -> Vec<What> {
        let mut all = Vec::new();
        loop {
            match self.next() {
                What::Closed {} => return all,
                what => all.push(what),
            }
        }
    }

    /// What was sent on in a direction by faults, write by write, and by which.
    pub fn sent(&self, way: Direction) -> Vec<(Vec<u8>, String)> {
        let sent = self.until_closed().into_iter().filter_map(|what| match what {
            What::Sent { piece, faults } if piece.direction == way => {
                Some((piece.bytes, faults.join(" ")))
            }
            _ => None,
        });
        sent.collect()
    }
}

pub fn timed(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Reads so many bytes.
pub fn read(stream: &mut TcpStream, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// Reads to the end of file.
pub fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Reads until it fails, and says how.
pub fn failure(stream: &mut TcpStream) -> ErrorKind {
    stream.read_to_end(&mut Vec::new()).unwrap_err().kind()
}

pub fn send(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
}
