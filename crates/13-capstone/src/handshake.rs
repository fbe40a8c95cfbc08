//! The handshake: each side proves that it knows the user's key, the server first.

mod client;
mod server;

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cli::context;
use custom_header::{
    Object, close_gently, member, parse_object, read_frame, write_frame,
};
use hmac_auth::SIZE;
use serde_json::{Value, json};

use crate::hex;

pub use client::connect;
pub use server::accept;

/// The version of this protocol, which both sides must have.
const VERSION: u64 = 1;

/// The largest message of a handshake, in bytes.
const MAX_MESSAGE: usize = 1024;

/// How long [`refuse`] waits for the other side to take its last word.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Answers whatever the client says first, or will say, with an error, and ends the
/// conversation; takes up to a second.
pub fn refuse(stream: &TcpStream, kind: &str, message: &str) {
    if send_refusal(stream, kind, message).is_ok() {
        close_gently(stream, LAST_WORD);
    }
}

/// The error in place of the server's first message.
pub(crate) fn send_refusal(
    mut stream: &TcpStream,
    kind: &str,
    message: &str,
) -> io::Result<()> {
    send(&mut stream, &json!({"error": {"kind": kind, "message": message}}))
}

fn send(stream: &mut impl Write, message: &Value) -> io::Result<()> {
    write_frame(stream, message.to_string().as_bytes())
        .map_err(context("cannot write"))
}

fn receive(stream: &mut impl Read) -> io::Result<Object> {
    let payload = read_frame(stream, MAX_MESSAGE)?.ok_or_else(|| {
        let text = "the other side has closed instead";
        io::Error::new(ErrorKind::UnexpectedEof, text)
    })?;
    parse_object(&payload)
}

fn bytes(object: &Object, name: &str) -> io::Result<[u8; SIZE]> {
    member(object, name, "64 hexadecimal digits, lower case", |value| {
        hex::decode(value.as_str()?)
    })
}
