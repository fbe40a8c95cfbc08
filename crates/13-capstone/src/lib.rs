//! Lesson 13: everything together: a remote shell and file server whose two sides
//! have proved who they are, and on whose channel nothing is changed, repeated or
//! left out unnoticed. It hides nothing from a listener.
//!
//! Everything is a frame of lesson 6. The first three are the handshake, JSON
//! objects of at most 1024 bytes; challenges and proofs are 64 hexadecimal digits,
//! lower case.
//!
//! | who | payload |
//! | --- | --- |
//! | client | `{"version": 1, "user": "ann", "challenge": "..."}` |
//! | server | `{"challenge": "...", "proof": "..."}` |
//! | | or `{"error": {"kind": "full", "message": "..."}}`, and it closes |
//! | client | `{"proof": "..."}` |
//!
//! A proof is HMAC-SHA256(the user's key, signed):
//!
//! | bytes of `signed` | what they are |
//! | --- | --- |
//! | 7 | `server` or `client`, who proves, and a NUL |
//! | 11 | `capstone 1` and a NUL |
//! | 2 to 33 | the user's name and a NUL |
//! | 32 | the client's challenge |
//! | 32 | the server's challenge |
//!
//! After a wrong proof each side closes and says nothing. After two right ones every
//! frame is a record, and the server's first is the message `{"welcome": "ann"}`.
//!
//! | bytes of a record | what they are |
//! | --- | --- |
//! | 8 | counter, unsigned, big-endian: 0, 1, 2 ... in each direction |
//! | 1 | [`Kind`] |
//! | N | the body, 0 to 65536 bytes |
//! | 32 | HMAC-SHA256(key of the direction, all bytes before) |
//!
//! The key of a direction is HKDF-SHA256 (RFC 5869), 32 bytes, of the user's key,
//! with both challenges as salt, the client's first, and the text `capstone 1 client
//! to server` or `capstone 1 server to client` as info.
//!
//! | message of the client | what the server sends |
//! | --- | --- |
//! | `{"op": "run", "command": "..."}` | [`Kind::Stdout`], [`Kind::Stderr`], then |
//! | | `{"exit_code": 0, "end": "exited"}` |
//! | [`Kind::Stdin`], empty: the end | `{"taken": 5}`; the client waits for it |
//! | `{"op": "interrupt"}` | nothing: the command ends |
//! | `{"op": "ls"}` | `{"files": [...], "truncated": false}` as lesson 7 |
//! | `{"op": "get", ...}` | as lesson 7, the contents in [`Kind::File`] |
//! | `{"op": "put", ...}` | as lesson 7, the contents in [`Kind::File`] |
//! | `{"op": "who"}` | `{"users": [{"user", "address", "seconds", "busy"}], ...}` |
//! | any | or `{"error": {"kind": "...", "message": "..."}}` |
//!
//! One request at a time: the next comes when the answer is complete; only input and an
//! interrupt come meanwhile. Trouble with a file is said in place of what should follow,
//! and a client ends its contents with a digest even then: so all stays in step.

pub mod attack;
mod channel;
mod client;
mod contents;
mod deadline;
mod door;
mod end;
mod files;
pub mod handshake;
mod hex;
mod interrupt;
mod keys;
mod log;
mod options;
mod outgoing;
mod pipes;
pub mod record;
mod remote;
mod request;
mod running;
mod secret;
mod server;
mod session;
mod strangers;
mod talk;
mod transfer;
mod users;

pub use channel::{Receiver, Sender};
pub use client::{Client, Person};
pub use keys::{Keys, client_key, is_user};
pub use log::Log;
pub use options::Options;
pub use outgoing::Outgoing;
pub use record::{Kind, Record};
pub use remote::Input;
pub use request::Request;
pub use secret::new_key;
pub use server::{Server, serve};
pub use talk::{Command, talk};
pub use users::Users;

/// The address the programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7013";
