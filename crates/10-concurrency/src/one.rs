//! One client at a time: the others wait in the backlog, where the kernel keeps
//! them.

use crate::{Acceptor, Handler};

/// Serves each client in the loop that accepts.
pub fn serve(acceptor: Acceptor, handler: &Handler) {
    for client in acceptor {
        handler.serve_caught(&client);
    }
}
