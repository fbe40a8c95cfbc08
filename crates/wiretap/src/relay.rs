//! Accepts clients, and connects each with the server.

use std::io;
use std::sync::Arc;
use std::thread;

use cli::complain;
use comm_loop::pause_after;
use socket2::Socket;

use crate::connection::Connection;
use crate::event::{Direction, What};
use crate::fault::Switches;
use crate::listen::{Address, accept};
use crate::reporter::Reporter;
use crate::tap::Tap;

/// What all connections of a relay share.
#[derive(Debug)]
pub struct Relay {
    /// Where the server is.
    pub to: Address,
    /// Where events go.
    pub reporter: Arc<Reporter>,
    /// The faults.
    pub switches: Switches,
}

/// Accepts one client after the other and gives each direction a thread of its own.
/// Never returns, whatever clients and servers do.
pub fn serve(listener: &Socket, relay: Relay) -> ! {
    let relay = Arc::new(relay);
    let mut number = 0;
    loop {
        let started = accept(listener).and_then(|(client, address)| {
            number += 1;
            let relay = Arc::clone(&relay);
            thread::Builder::new()
                .spawn(move || relay.talk(number, client, &address.to_string()))
        });
        if let Err(error) = started {
            complain(format!("wiretap: cannot accept: {error}"));
            pause_after(&error);
        }
    }
}

impl Relay {
    /// Serves one client, until both directions are over.
    fn talk(&self, number: u64, client: Socket, address: &str) {
        let (client_name, server_name) = (address.to_string(), self.to.to_string());
        let server = match self.to.connect() {
            Ok(server) => server,
            Err(error) => {
                let (client, server) = (client_name, server_name);
                let error = error.to_string();
                let what = What::NoServer { client, server, error };
                return self.reporter.tell(number, what);
            }
        };
        let what = What::Connect { client: client_name, server: server_name };
        self.reporter.tell(number, what);
        let connection = Connection::new(number, client, server);
        if let Err(error) = self.both_ways(&connection) {
            let direction = Direction::ServerToClient;
            let error = format!("no thread for it: {error}");
            self.reporter.tell(number, What::Failed { direction, error });
        }
        self.reporter.tell(number, What::Closed {});
    }

    fn both_ways(&self, connection: &Connection) -> io::Result<()> {
        let [there, back] = Direction::BOTH.map(|direction| {
            Tap::new(connection, direction, &self.reporter, &self.switches)
        });
        thread::scope(|scope| {
            thread::Builder::new().spawn_scoped(scope, || back.run())?;
            there.run();
            Ok(())
        })
    }
}
