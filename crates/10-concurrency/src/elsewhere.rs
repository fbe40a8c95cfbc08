//! A process for each client, on systems where a connection cannot become a child's
//! standard input.

use crate::{Acceptor, Handler};

/// Serves nobody.
pub fn serve(_acceptor: Acceptor, _handler: &Handler) {}
