//! Where clients come from, for lesson 11's framework: TCP connections that can be
//! refused in the words of this protocol.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};

use socketserver::{Cutter, Request, Source, Waker};

use crate::handshake::send_refusal;

/// The listening socket.
pub struct Door(pub TcpListener);

/// A client that has not yet said who it is.
pub struct Visitor(pub TcpStream);

impl Source for Door {
    type Request = Visitor;

    fn accept(&self) -> io::Result<(Visitor, String)> {
        let (stream, peer) = self.0.accept()?;
        Ok((Visitor(stream), peer.to_string()))
    }

    fn waker(&self) -> io::Result<Waker> {
        self.0.waker()
    }
}

impl Request for Visitor {
    /// False: who comes and who leaves is for the log, with the name.
    const CONNECTS: bool = false;

    fn cutter(&self) -> io::Result<Cutter> {
        self.0.cutter()
    }

    fn refuse(&mut self, line: &str) -> io::Result<()> {
        send_refusal(&self.0, "full", line.trim_end())?;
        self.0.shutdown(Shutdown::Write)
    }

    fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}
