//! A thread for each client.

use std::sync::Arc;
use std::thread;

use cli::complain;

use crate::{Acceptor, Handler};

/// Serves each client in a thread of its own.
pub fn serve(acceptor: Acceptor, handler: &Handler) {
    let refuser = acceptor.refuser();
    for client in acceptor {
        let (stream, handler) = (Arc::clone(&client.stream), handler.clone());
        // A panic names its thread.
        let thread = thread::Builder::new().name(client.peer.to_string());
        if let Err(error) = thread.spawn(move || handler.serve(&client)) {
            complain(format!("concurrency-server: cannot start a thread: {error}"));
            refuser.refuse(stream, "the server has no thread for you, try later");
        }
    }
}
