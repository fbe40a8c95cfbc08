//! Where clients come from, for lesson 11's framework: TCP connections that can be
//! refused in the words of this protocol.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use socketserver::{Cutter, Request, Source};

use crate::handshake::send_refusal;

/// The listening socket.
pub struct Door(pub TcpListener);

/// A client that has not yet said who it is.
pub struct Visitor {
    /// The connection.
    pub stream: TcpStream,
    /// True if the server has cut the conversation, because it ends.
    pub is_cut: Arc<AtomicBool>,
}

impl Source for Door {
    type Request = Visitor;

    fn accept(self: &Arc<Self>) -> io::Result<(Visitor, String)> {
        let (stream, peer) = self.0.accept()?;
        Ok((Visitor { stream, is_cut: Arc::default() }, peer.to_string()))
    }

    fn wake(&self) -> io::Result<()> {
        self.0.wake()
    }
}

impl Request for Visitor {
    /// False: who comes and who leaves is for the log, with the name.
    const CONNECTS: bool = false;

    fn cutter(&self) -> io::Result<Cutter> {
        let (is_cut, cut) = (Arc::clone(&self.is_cut), self.stream.cutter()?);
        Ok(Box::new(move || {
            is_cut.store(true, Ordering::SeqCst);
            cut();
        }))
    }

    fn refuse(&mut self, line: &str) -> io::Result<()> {
        send_refusal(&self.stream, "full", line.trim_end())?;
        self.stream.shutdown(Shutdown::Write)
    }

    fn finish(self) -> io::Result<()> {
        self.stream.finish()
    }
}
