//! Lesson 8: datagrams. Nobody connects and nobody leaves: a message comes whole,
//! with the address of its sender, or not at all.
//!
//! On the wire: one datagram in, one datagram back to whoever sent it, with ASCII
//! a-z in upper case; up to 65507 bytes, empty ones included.

pub mod chat;
mod client;
mod contacts;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use cli::{complain, context, show};

pub use client::{Client, talk};
pub use contacts::Contacts;

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7008";

/// How many bytes a datagram carries at most over IPv4: its length field counts to
/// 65535, and 20 bytes of that are IP's own header, 8 are UDP's ([udp(7)], RFC 768).
/// IPv6 does not count its own header, so there 20 bytes more would go.
///
/// [udp(7)]: https://man7.org/linux/man-pages/man7/udp.7.html
pub const MAX_DATAGRAM: usize = 65_507;

/// A buffer of this size (64 KiB) cuts no datagram: UDP's own length field counts to
/// 65535.
pub const BUFFER_SIZE: usize = 65_536;

/// Answers one datagram after the other. Whatever comes, the next is answered; so
/// this never returns.
///
/// A datagram of more than `read_size` bytes is cut: on Linux and macOS the rest is
/// gone without a word; on Windows the call fails (WSAEMSGSIZE), and nothing is
/// answered.
pub fn serve(socket: &UdpSocket, read_size: usize) -> ! {
    let mut buffer = vec![0; read_size];
    loop {
        if let Err(error) = answer_one(socket, &mut buffer) {
            complain(format!("udp-server: {error}"));
        }
    }
}

/// Answers by hand: takes one datagram for each order, and waits for it. An empty
/// order answers it, `drop` throws it away, as a network may. What nobody has taken
/// yet waits in the socket's receive buffer.
///
/// # Errors
///
/// The orders cannot be read.
pub fn serve_by_hand(
    socket: &UdpSocket,
    read_size: usize,
    orders: impl Iterator<Item = io::Result<Vec<u8>>>,
) -> io::Result<()> {
    let mut buffer = vec![0; read_size];
    for order in orders {
        let result = match order?.as_slice() {
            b"" => answer_one(socket, &mut buffer),
            b"drop" => drop_one(socket, &mut buffer),
            _ => {
                let text = "expected Enter (answer the next), drop or quit";
                Err(io::Error::new(ErrorKind::InvalidInput, text))
            }
        };
        if let Err(error) = result {
            complain(format!("udp-server: {error}"));
        }
    }
    Ok(())
}

/// Waits for a datagram and answers it.
///
/// # Errors
///
/// Each is about this datagram or the one before, so the next may be fine: it could
/// not be received or sent, or it bears the server's own address, which gets no
/// answer.
pub fn answer_one(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<()> {
    let (size, peer) = receive(socket, buffer)?;
    if is_own(socket, peer)? {
        // Whoever forged that wants the server to talk to itself for ever.
        let text = format!("{peer} is this server itself: not answered");
        return Err(io::Error::new(ErrorKind::InvalidData, text));
    }
    // A datagram goes whole or not at all: there is no rest to send in a loop.
    socket
        .send_to(&buffer[..size].to_ascii_uppercase(), peer)
        .map_err(context(format!("cannot send to {peer}")))?;
    Ok(())
}

/// Waits for a datagram and does nothing with it.
fn drop_one(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<()> {
    receive(socket, buffer)?;
    println!("dropped");
    Ok(())
}

/// Waits for one datagram ([recvfrom(2)]) and prints it. Returns its size, which may
/// be 0, and who sent it.
///
/// A datagram that we sent earlier to somebody who has gone can come back as an ICMP
/// message. Windows reports that here, as a reset; Linux only if the socket is
/// connected.
///
/// [recvfrom(2)]: https://man7.org/linux/man-pages/man2/recvfrom.2.html
fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr)> {
    let (size, peer) =
        socket.recv_from(buffer).map_err(context("cannot receive"))?;
    println!("{size} bytes from {peer}: {}", show(&buffer[..size]));
    Ok((size, peer))
}

/// True if `peer` is the address of `socket`, also if that receives at all addresses
/// of this machine.
pub fn is_own(socket: &UdpSocket, peer: SocketAddr) -> io::Result<bool> {
    let own = socket.local_addr()?;
    let at_all = own.ip().is_unspecified() && own.port() == peer.port();
    Ok(peer == own || at_all && is_of_this_machine(peer.ip()))
}

/// True if a socket could be bound there, or if we cannot tell.
fn is_of_this_machine(ip: IpAddr) -> bool {
    let bound = UdpSocket::bind((ip, 0));
    !bound.is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable)
}

/// Checks that a message fits into a datagram.
///
/// # Errors
///
/// `InvalidInput` if it has more than [`MAX_DATAGRAM`] bytes.
pub fn check_size(message: &[u8]) -> io::Result<()> {
    let size = message.len();
    if size <= MAX_DATAGRAM {
        return Ok(());
    }
    let text =
        format!("not sent: {size} bytes, and a datagram has at most {MAX_DATAGRAM}");
    Err(io::Error::new(ErrorKind::InvalidInput, text))
}
