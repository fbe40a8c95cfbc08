//! A messenger: a datagram is one UTF-8 message. Who wrote it is told by the address
//! that it comes from, which is no proof.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::net::{SocketAddr, UdpSocket};

use cli::{complain, show};

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
/// `InvalidInput` if it does not fit into a datagram or is not UTF-8: then nothing
/// is sent. What the system refuses for one address is printed on stderr.
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

/// A message as one line of text: what is not UTF-8, could steer the terminal or
/// look like another line is escaped. `cli::show` would cut it.
pub fn printable(message: &[u8]) -> String {
    let mut text = String::new();
    for chunk in message.utf8_chunks() {
        for char in chunk.valid().chars() {
            if may_steer(char) {
                text.extend(char.escape_debug());
            } else {
                text.push(char);
            }
        }
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

/// Control characters, line separators, marks that turn the direction of writing.
pub(crate) fn may_steer(char: char) -> bool {
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}');
    let turns_all =
        matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    char.is_control() || turns || turns_all
}
