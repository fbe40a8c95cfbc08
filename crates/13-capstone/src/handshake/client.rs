//! The client's part of the handshake.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cli::context;
use custom_header::{member, parse_object};
use hmac_auth::{SIZE, new_challenge};
use serde_json::{Value, json};

use super::{VERSION, bytes, receive, send};
use crate::deadline::Deadline;
use crate::keys::NAME;
use crate::secret::{Context, Role, Session};
use crate::{Kind, Receiver, Record, Sender, hex, is_user};

/// The client's part, up to and with the server's welcome. Time and stream as with
/// [`accept`](super::accept).
///
/// # Errors
///
/// `Other` if the server refuses in words (it is full), `PermissionDenied` if its
/// proof is wrong: the keys differ, it does not know the name, or it is not the
/// server; `InvalidInput` if `user` is no name; otherwise as `accept`.
pub fn connect(
    stream: &TcpStream,
    user: &str,
    key: &[u8],
    timeout: Duration,
) -> io::Result<(Sender, Receiver)> {
    stream.set_nodelay(true)?;
    let mut limited = Deadline::new(stream, timeout);
    let session = prove_to_server(&mut limited, user, key, new_challenge()?)?;
    let mut receiver = Receiver::new(&mut limited, session.to_client);
    let record = receiver.receive().map_err(context("no welcome"))?;
    check_welcome(record.as_ref(), user).map_err(context("no welcome"))?;
    let receiver = receiver.over(stream.try_clone()?);
    limited.lift()?;
    Ok((Sender::new(stream.try_clone()?, session.to_server), receiver))
}

fn prove_to_server(
    stream: &mut (impl Read + Write),
    user: &str,
    key: &[u8],
    challenge: [u8; SIZE],
) -> io::Result<Session> {
    if !is_user(user) {
        let text = format!("{user:?} is no name, expected {NAME}");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let hello = json!({
        "version": VERSION,
        "user": user,
        "challenge": hex::encode(&challenge),
    });
    send(stream, &hello)?;
    let answer = receive(stream)?;
    if let Some(error) = answer.get("error") {
        let message =
            error.get("message").and_then(Value::as_str).unwrap_or("no reason");
        let message = cli::printable(message.as_bytes());
        return Err(io::Error::other(format!("the server refuses: {message}")));
    }
    let server = bytes(&answer, "challenge")?;
    let signed = Context { user, client: challenge, server };
    if !signed.verify(key, Role::Server, &bytes(&answer, "proof")?) {
        let text = format!(
            "the server's proof is wrong\n  The keys differ, or it does not know \
             {user}, or it is not the server."
        );
        return Err(io::Error::new(ErrorKind::PermissionDenied, text));
    }
    let proof = signed.proof(key, Role::Client);
    send(stream, &json!({"proof": hex::encode(&proof)}))?;
    Ok(signed.session(key))
}

fn check_welcome(record: Option<&Record>, user: &str) -> io::Result<()> {
    let body = record.map(|record| &record.body[..]).unwrap_or_default();
    if let Some(Record { kind: Kind::End, .. }) = record {
        let why = cli::printable(body);
        return Err(io::Error::other(format!("the server ends: {why}")));
    }
    let welcome = parse_object(body)?;
    member(&welcome, "welcome", "our name", |value| {
        value.as_str().filter(|name| *name == user)
    })?;
    Ok(())
}
