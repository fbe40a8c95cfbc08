//! The server's part of the handshake.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cli::context;
use custom_header::{Object, invalid, member};
use hmac_auth::{SIZE, new_challenge};
use serde_json::{Value, json};

use super::{VERSION, bytes, receive, refuse, send};
use crate::deadline::Deadline;
use crate::keys::NAME;
use crate::secret::{Context, Role, Session};
use crate::{Keys, Kind, Receiver, Sender, hex, is_user};

/// The server's part. Returns the user's name and both ends of the protected
/// channel. All of it must be done within `timeout`; afterwards the stream has no
/// time-outs, and `TCP_NODELAY` is set.
///
/// # Errors
///
/// With the user's name in the text, as far as it is known: `PermissionDenied` if
/// the proof is wrong, `TimedOut`, `UnexpectedEof`, `InvalidData`, or the system's.
/// The client is told nothing, except what is wrong with a request that is none. The
/// caller closes.
pub fn accept(
    stream: &TcpStream,
    keys: &Keys,
    timeout: Duration,
) -> io::Result<(String, Sender, Receiver)> {
    stream.set_nodelay(true)?;
    let mut limited = Deadline::new(stream, timeout);
    let hello = receive(&mut limited).and_then(|object| Hello::parse(&object));
    let hello = hello.inspect_err(|error| {
        if error.kind() == ErrorKind::InvalidData {
            refuse(stream, "bad_request", &error.to_string());
        }
    })?;
    let session = prove_to_client(&mut limited, keys, &hello, new_challenge()?)?;
    let mut sender = Sender::new(stream.try_clone()?, session.to_client);
    let welcome = json!({"welcome": hello.user}).to_string();
    sender.send(Kind::Message, welcome.as_bytes())?;
    limited.lift()?;
    Ok((hello.user, sender, Receiver::new(stream.try_clone()?, session.to_server)))
}

/// The client's first message.
struct Hello {
    user: String,
    challenge: [u8; SIZE],
}

impl Hello {
    fn parse(object: &Object) -> io::Result<Self> {
        match member(object, "version", "an integer", Value::as_u64)? {
            VERSION => {}
            other => {
                return Err(invalid(format!("version {other}, expected {VERSION}")));
            }
        }
        let user = member(object, "user", NAME, |value| {
            value.as_str().filter(|name| is_user(name))
        })?;
        Ok(Hello { user: user.to_string(), challenge: bytes(object, "challenge")? })
    }
}

fn prove_to_client(
    stream: &mut (impl Read + Write),
    keys: &Keys,
    hello: &Hello,
    challenge: [u8; SIZE],
) -> io::Result<Session> {
    let user = &hello.user;
    let (key, known) = keys.find(user);
    let who = match known {
        true => format!("user {user}"),
        false => format!("unknown user {user}"),
    };
    let signed = Context { user, client: hello.challenge, server: challenge };
    let proof = signed.proof(key, Role::Server);
    let message =
        json!({"challenge": hex::encode(&challenge), "proof": hex::encode(&proof)});
    send(stream, &message).map_err(context(&who))?;
    let answer = receive(stream).and_then(|object| bytes(&object, "proof"));
    let answer = answer.map_err(context(format!("{who}: no proof")))?;
    match signed.verify(key, Role::Client, &answer) && known {
        true => Ok(signed.session(key)),
        false => {
            let text = format!("{who}: wrong proof");
            Err(io::Error::new(ErrorKind::PermissionDenied, text))
        }
    }
}
