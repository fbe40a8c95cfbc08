//! An attacker who knows no key, but has the wire: for tests and the classroom.

mod deed;
mod keyless;

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use byteorder::{BigEndian, ByteOrder};
use cli::{context, show};
use custom_header::{MAX_MESSAGE, close_gently, read_frame, write_frame};

use crate::record;

pub use deed::Deed;
pub use keyless::{play, reflect};

/// How long the server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whose records are shown and attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Those from client to server; two messages of the handshake come before.
    Client,
    /// Those from server to client; one message comes before.
    Server,
}

/// Stands between one client and the server until both have ended, and prints a line
/// for each frame of the victim. `save` gets those frames as they came.
///
/// # Errors
///
/// The server's address cannot be reached, or the system's. How a conversation ends
/// is no error.
pub fn relay(
    listener: &TcpListener,
    server: SocketAddr,
    victim: Victim,
    deed: Deed,
    save: Option<&Path>,
) -> io::Result<()> {
    let (client, _) = listener.accept().map_err(context("cannot accept"))?;
    let server = TcpStream::connect(server)
        .map_err(context(format!("cannot connect to {server}")))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let save = save.map(File::create).transpose().map_err(context("cannot save"))?;
    let (from, to, handshake) = match victim {
        Victim::Client => (&client, &server, 2),
        Victim::Server => (&server, &client, 1),
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = io::copy(&mut &*to, &mut &*from);
            let _ = from.shutdown(Shutdown::Write);
        });
        let mut attack = Attack { from, to, handshake, deed, save, held: None };
        if attack.run().is_err() {
            // This direction first: what one side answers to its end is not to pass.
            let _ = from.shutdown(Shutdown::Write);
            close_gently(to, PATIENCE);
            close_gently(from, PATIENCE);
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    Ok(())
}

struct Attack<'a> {
    from: &'a TcpStream,
    to: &'a TcpStream,
    /// How many frames are still no records.
    handshake: usize,
    deed: Deed,
    save: Option<File>,
    held: Option<Vec<u8>>,
}

impl Attack<'_> {
    fn run(&mut self) -> io::Result<()> {
        while let Some(payload) = read_frame(&mut self.from, MAX_MESSAGE)? {
            if let Some(file) = &mut self.save {
                write_frame(file, &payload)?;
            }
            if self.handshake > 0 {
                self.handshake -= 1;
                println!("handshake, {} bytes", payload.len());
                self.pass(&payload);
            } else {
                self.record(payload)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, mut payload: Vec<u8>) -> io::Result<()> {
        let Some((counter, shown)) = look(&payload) else {
            self.pass(&payload);
            return Ok(());
        };
        let say = |done: &str| println!("{shown}{done}");
        match self.deed {
            Deed::Drop(at) if at == counter => {
                say(" dropped");
                return Ok(());
            }
            Deed::Swap(at) if at == counter => {
                say(" held");
                self.held = Some(payload);
                return Ok(());
            }
            Deed::Cut(at) if at == counter => {
                say(" cut");
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Deed::Flip(at) if at == counter => {
                say(" changed");
                payload[record::HEAD] ^= 1;
            }
            Deed::Replay(at) if at == counter => {
                say(" sent twice");
                self.pass(&payload);
            }
            _ => say(""),
        }
        self.pass(&payload);
        if let Some(held) = self.held.take() {
            self.pass(&held);
        }
        Ok(())
    }

    /// The other side may have ended already; this one is heard to its end.
    fn pass(&mut self, payload: &[u8]) {
        let _ = write_frame(&mut self.to, payload);
    }
}

/// The counter of a record and a line about it: nothing is hidden from the wire.
fn look(payload: &[u8]) -> Option<(u64, String)> {
    let (record, _) = payload.split_last_chunk::<{ hmac_auth::SIZE }>()?;
    let (head, body) = record.split_at_checked(record::HEAD)?;
    let counter = BigEndian::read_u64(head);
    let kind = head[record::HEAD - 1];
    Some((counter, format!("record {counter}, kind {kind}, {}", show(body))))
}
