//! Exercise 8.5: a payment is made once, however often it is sent. Usage: `ex_8_5`;
//! server and client in one program.
//!
//! On the wire: a number of the message and an amount, each 4 bytes, big-endian;
//! back the same number and the new total.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use std::{io, thread};

const PAYMENTS: u32 = 10;

fn main() -> io::Result<()> {
    for remembers in [false, true] {
        let (total, sent) = run(remembers)?;
        let what = if remembers { "with" } else { "without" };
        println!("{what} memory: {sent} datagrams sent, total {total}");
    }
    Ok(())
}

/// A new server, and ten payments to it: the last total, and how many datagrams it took.
pub fn run(remembers: bool) -> io::Result<(u32, usize)> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let server = socket.local_addr()?;
    thread::spawn(move || serve(&socket, remembers));
    pay(server)
}

/// Adds up amounts. Each second answer is lost, after the work was done.
fn serve(socket: &UdpSocket, remembers: bool) -> io::Result<()> {
    let mut answered: HashMap<SocketAddr, [u8; 8]> = HashMap::new();
    let (mut total, mut lose) = (0, false);
    let mut buffer = [0; 9]; // one byte more than a message: longer ones show
    loop {
        let (size, peer) = socket.recv_from(&mut buffer)?;
        let Ok(message) = buffer[..size].try_into() else { continue };
        let (number, amount) = parse(message);
        let last = answered.get(&peer).copied().filter(|_| remembers);
        let last = last.unwrap_or_default(); // numbers begin at 1
        let answer = match number.cmp(&parse(last).0) {
            Ordering::Less => continue, // came late, and was answered long ago
            Ordering::Equal => last,    // done already
            Ordering::Greater => {
                total += amount;
                message_of(number, total)
            }
        };
        answered.insert(peer, answer);
        lose = !lose;
        if !lose {
            socket.send_to(&answer, peer)?;
        }
    }
}

/// Makes ten payments of 10.
fn pay(server: SocketAddr) -> io::Result<(u32, usize)> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let (mut total, mut sent) = (0, 0);
    for number in 1..=PAYMENTS {
        total = loop {
            socket.send(&message_of(number, 10))?;
            sent += 1;
            let mut answer = [0; 8];
            let Ok(8) = socket.recv(&mut answer) else { continue };
            match parse(answer) {
                (answered, total) if answered == number => break total,
                _ => {} // to an earlier message
            }
        };
    }
    Ok((total, sent))
}

fn message_of(number: u32, value: u32) -> [u8; 8] {
    (u64::from(number) << 32 | u64::from(value)).to_be_bytes()
}

fn parse(message: [u8; 8]) -> (u32, u32) {
    let both = u64::from_be_bytes(message);
    ((both >> 32) as u32, both as u32)
}
