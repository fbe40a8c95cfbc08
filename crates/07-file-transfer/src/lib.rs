//! Lesson 7: put, get, ls: files over a socket, whole or not at all.
//!
//! Every request and every reply is a frame of lesson 6 with a JSON object; the
//! contents of a file follow raw, for their length is known. Unknown members are
//! ignored; digests are SHA-256 in lower-case hexadecimal digits.
//!
//! | request | what the server sends |
//! | --- | --- |
//! | `ls` | `{"files": [...], "truncated": false}`, a file is `filename`, `total_size` |
//! | `get` | `{"filename": "a.txt", "total_size": 5, "offset": 0}` |
//! | | the contents from `offset` on, raw |
//! | | `{"sha256": "..."}`, of the whole file |
//! | `put` | `{"ready": true}` |
//! | | (the client: the contents, raw, and `{"sha256": "..."}`) |
//! | | `{"stored": "a.txt", "sha256": "..."}` |
//! | any | or else `{"error": {"kind": "not_found", "message": "..."}}` |
//!
//! The requests: `{"op": "ls"}`, `{"op": "get", "filename": "a.txt", "offset": 0}`,
//! `{"op": "put", "filename": "a.txt", "total_size": 5, "overwrite": false}`.

mod client;
mod command;
mod connection;
mod copy;
mod disturb;
mod download;
mod folder;
mod get;
mod name;
mod part;
mod protocol;
mod put;
mod refusal;
mod server;
mod source;
mod system;

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cli::{complain, context};
use comm_loop::pause_after;

pub use client::{Client, Done, Failure, Options, progress_bar};
pub use command::{Command, talk};
pub use copy::{CopyError, copy, hex};
pub use disturb::Disturbance;
pub use download::Download;
pub use folder::Folder;
pub use name::check_name;
pub use protocol::{Request, number, text};
pub use refusal::{Refusal, kind};
pub use server::Server;
pub use source::Source;

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7007";

/// How long both programs wait for a peer that neither sends nor takes anything,
/// when they are not told otherwise.
pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Accepts one client after the other and gives each a thread of its own: who takes
/// an hour for a file keeps nobody waiting. Never returns, whatever clients do.
pub fn serve(listener: &TcpListener, server: Server) -> ! {
    let server = Arc::new(server);
    loop {
        let accepted = listener.accept().map_err(context("cannot accept"));
        let started = accepted.and_then(|(stream, peer)| {
            let server = Arc::clone(&server);
            let thread = thread::Builder::new().spawn(move || {
                println!("{peer} connected");
                match server.talk(stream, peer) {
                    Ok(()) => println!("{peer} closed"),
                    Err(error) => {
                        complain(format!("file-transfer-server: {peer}: {error}"))
                    }
                }
            });
            thread.map_err(context(format!("{peer}: cannot start a thread")))
        });
        if let Err(error) = started {
            complain(format!("file-transfer-server: {error}"));
            pause_after(&error);
        }
    }
}
