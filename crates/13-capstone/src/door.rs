//! Where clients come from, for lesson 11's framework: TCP connections that can be
//! refused in the words of this protocol.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};

use custom_header::write_frame;
use serde_json::json;
use socketserver::{Cutter, Request, Source, Waker};

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
        let error = json!({"error": {"kind": "full", "message": line.trim_end()}});
        write_frame(&mut self.0, error.to_string().as_bytes())?;
        self.0.shutdown(Shutdown::Write)
    }

    fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}
