//! A messenger: a datagram is one UTF-8 message. Who wrote it is told by the address
//! that it comes from, which is no proof.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::net::{SocketAddr, UdpSocket};

use cli::{complain, printable, show};

use crate::{BUFFER_SIZE, Contacts, check_size};

/// Asks for a name, sends to it what is typed until `quit`, and asks again; `quit`
/// there, or the end of input, ends it.
///
/// # Errors
///
/// What is typed cannot be read.
pub fn write_messages(socket: &UdpSocket, contacts: &Contacts) -> io::Result<()> {
    loop {
        println!("to whom? {contacts}");
        let Some(name) = cli::lines().next().transpose()? else { return Ok(()) };
        let name = String::from_utf8_lossy(&name);
        match contacts.addresses_of(&name) {
            Err(error) => complain(error),
            Ok(to) => {
                println!("to {name}, until quit");
                for line in cli::lines() {
                    send(socket, &to, &line?).unwrap_or_else(complain);
                }
            }
        }
    }
}

/// Sends a message to each of the addresses but our own; an empty one to none.
/// Nothing tells whether somebody is there.
///
/// # Errors
///
/// `InvalidInput` if it does not fit into a datagram, is not UTF-8, or if there is no
/// other address: then nothing is sent. What the system refuses for one address is
/// printed on stderr.
pub fn send(
    socket: &UdpSocket,
    to: &[SocketAddr],
    message: &[u8],
) -> io::Result<()> {
    if message.is_empty() {
        return Ok(());
    }
    check_size(message)?;
    if str::from_utf8(message).is_err() {
        let text = format!("not sent: {} is not UTF-8", show(message));
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let own = socket.local_addr()?;
    if to.iter().all(|addr| *addr == own) {
        let text = "not sent: nobody but you would get it";
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    for addr in to.iter().filter(|addr| **addr != own) {
        if let Err(error) = socket.send_to(message, addr) {
            complain(format!("cannot send to {addr}: {error}"));
        }
    }
    Ok(())
}

/// Prints each message that comes, behind its writer's name or address. Never
/// returns.
pub fn read_messages(socket: &UdpSocket, contacts: &Contacts) -> ! {
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((size, peer)) => {
                let text = printable(&buffer[..size]);
                let (colour, name) = match contacts.who_has(peer) {
                    Some((place, name)) => (31 + place % 6, name.to_string()),
                    None => (0, peer.to_string()),
                };
                if on_terminal {
                    // It takes the prompt's line, so there is a new prompt below.
                    print!("\r\x1b[K\x1b[{colour}m{name}\x1b[0m: {text}\n> ");
                    let _ = io::stdout().flush();
                } else {
                    println!("{name}: {text}");
                }
            }
            // Windows: an earlier message came back, nobody is there.
            Err(error) => complain(format!("cannot receive: {error}")),
        }
    }
}
