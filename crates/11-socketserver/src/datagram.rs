//! UDP as a source of clients: each datagram is one, and what the handler writes is
//! its answer.

use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use cli::context;
use udp::BUFFER_SIZE;

use crate::tcp::reachable;
use crate::{Cutter, Request, Source};

/// A datagram that came. Reading gives its bytes and then the end of file; what is
/// written is kept, and goes back as one datagram when the handler is done.
#[derive(Debug)]
pub struct Datagram {
    socket: Arc<UdpSocket>,
    peer: SocketAddr,
    packet: Cursor<Vec<u8>>,
    answer: Vec<u8>,
}

impl Source for UdpSocket {
    type Request = Datagram;

    fn accept(self: &Arc<Self>) -> io::Result<(Datagram, String)> {
        let mut packet = vec![0; BUFFER_SIZE];
        let (size, peer) = self.recv_from(&mut packet)?;
        packet.truncate(size);
        let (socket, packet) = (Arc::clone(self), Cursor::new(packet));
        let datagram = Datagram { socket, peer, packet, answer: Vec::new() };
        Ok((datagram, peer.to_string()))
    }

    /// By a datagram to itself: that takes no descriptor.
    fn wake(&self) -> io::Result<()> {
        self.send_to(b"", reachable(self.local_addr()?)).map(drop)
    }
}

impl Request for Datagram {
    const CONNECTS: bool = false;

    /// There is nothing to cut: nobody waits for the network in a datagram.
    fn cutter(&self) -> io::Result<Cutter> {
        Ok(Box::new(|| ()))
    }

    /// Does nothing: no answer is an answer that UDP's clients must bear.
    fn refuse(&mut self, _line: &str) -> io::Result<()> {
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        if udp::is_own(&self.socket, self.peer)? {
            let text = "this server itself: not answered"; // for ever, see lesson 8
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        let sent = self.socket.send_to(&self.answer, self.peer);
        sent.map(drop).map_err(context("cannot send"))
    }
}

impl Read for Datagram {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.packet.read(buffer)
    }
}

impl Write for Datagram {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
