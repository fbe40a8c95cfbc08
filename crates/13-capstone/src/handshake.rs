//! The handshake: each side proves that it knows the user's key, the server first.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cli::context;
use custom_header::{
    Object, close_gently, invalid, member, parse_object, read_frame, write_frame,
};
use hmac_auth::{SIZE, new_challenge};
use serde_json::{Value, json};

use crate::deadline::Deadline;
use crate::secret::{Context, Role, Session};
use crate::{Keys, Kind, Receiver, Sender, hex, is_user};

/// The version of this protocol, which both sides must have.
const VERSION: u64 = 1;

/// The largest message of a handshake, in bytes.
const MAX_MESSAGE: usize = 1024;

/// How long [`refuse`] waits for the other side to take its last word.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The server's part. Returns the user's name and both ends of the protected channel.
/// All of it must be done within `timeout`; afterwards the stream has no time-outs,
/// and `TCP_NODELAY` is set.
///
/// # Errors
///
/// With the user's name in the text, as far as it is known: `PermissionDenied` if the
/// proof is wrong, `TimedOut`, `UnexpectedEof`, `InvalidData`, or the system's. The
/// client is told nothing, except what is wrong with a request that is none. The
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

/// The client's part, up to and with the server's welcome. Time and stream as with
/// [`accept`].
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
    let welcome =
        parse_object(&record.map(|record| record.body).unwrap_or_default())?;
    member(&welcome, "welcome", "our name", |value| {
        value.as_str().filter(|name| *name == user)
    })?;
    let receiver = receiver.over(stream.try_clone()?);
    limited.lift()?;
    Ok((Sender::new(stream.try_clone()?, session.to_server), receiver))
}

/// Answers whatever the client says first, or will say, with an error, and ends the
/// conversation; takes up to a second.
pub fn refuse(stream: &TcpStream, kind: &str, message: &str) {
    let error = json!({"error": {"kind": kind, "message": message}});
    if send(&mut &*stream, &error).is_ok() {
        close_gently(stream, LAST_WORD);
    }
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
        let expected = "1 to 32 of a-z, 0-9, - and _";
        let user = member(object, "user", expected, |value| {
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
    let proof = signed.proof(&key, Role::Server);
    let message =
        json!({"challenge": hex::encode(&challenge), "proof": hex::encode(&proof)});
    send(stream, &message).map_err(context(&who))?;
    let answer = receive(stream).and_then(|object| bytes(&object, "proof"));
    let answer = answer.map_err(context(format!("{who}: no proof")))?;
    match signed.verify(&key, Role::Client, &answer) && known {
        true => Ok(signed.session(&key)),
        false => {
            let text = format!("{who}: wrong proof");
            Err(io::Error::new(ErrorKind::PermissionDenied, text))
        }
    }
}

fn prove_to_server(
    stream: &mut (impl Read + Write),
    user: &str,
    key: &[u8],
    challenge: [u8; SIZE],
) -> io::Result<Session> {
    if !is_user(user) {
        let text =
            format!("{user:?} is no name, expected 1 to 32 of a-z, 0-9, - and _");
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
            "the server's proof is wrong\n  The keys differ, or it does not know {user}, \
             or it is not the server."
        );
        return Err(io::Error::new(ErrorKind::PermissionDenied, text));
    }
    let proof = signed.proof(key, Role::Client);
    send(stream, &json!({"proof": hex::encode(&proof)}))?;
    Ok(signed.session(key))
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
