//! The one handler of all four models: lesson 2's communication loop.

use std::io::{self, ErrorKind, Read, Write};
use std::panic::{self, AssertUnwindSafe};

use cli::{complain, context, show};

use crate::Client;

/// How many bytes one read takes at most.
pub const BUFFER_SIZE: usize = 1024;

/// What to do with a client: every byte comes back in upper case.
#[derive(Clone, Debug, Default)]
pub struct Handler {
    /// A fault, built in to be watched: panic when one read returns exactly this.
    pub panic_on: Option<String>,
}

impl Handler {
    /// The conversation with a client from its begin to its end, unless the server's
    /// end has come before.
    pub fn serve(&self, client: &Client) {
        if !client.begin() {
            return;
        }
        let peer = client.peer;
        match self.talk(&*client.stream, &*client.stream) {
            _ if client.is_cut() => {}
            Ok(()) => println!("{peer} closed"),
            Err(error) => complain(format!("concurrency-server: {peer}: {error}")),
        }
    }

    /// The same for a thread that has to outlive a panic: the others' clients are
    /// waiting for it.
    pub fn serve_caught(&self, client: &Client) {
        // The panic has been reported already, on stderr. Nothing that it could have
        // left half done is used again: the client is dropped.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| self.serve(client)));
    }

    /// The communication loop, over anything that reads and writes.
    ///
    /// # Errors
    ///
    /// `ConnectionReset` or `BrokenPipe` if the client broke the connection.
    ///
    /// # Panics
    ///
    /// If it has been asked to.
    pub fn talk(
        &self,
        mut reader: impl Read,
        mut writer: impl Write,
    ) -> io::Result<()> {
        let mut buffer = [0; BUFFER_SIZE];
        loop {
            let size = match reader.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result.map_err(context("cannot read"))?,
            };
            if size == 0 {
                return Ok(());
            }
            let message = &mut buffer[..size];
            if self.panic_on.as_ref().is_some_and(|word| word.as_bytes() == message)
            {
                panic!("asked to by {}", show(message));
            }
            message.make_ascii_uppercase();
            writer
                .write_all(message)
                .and_then(|()| writer.flush())
                .map_err(context("cannot write"))?;
        }
    }

    /// What a child has to be told on its command line.
    pub fn args(&self) -> Vec<String> {
        self.panic_on.iter().map(|word| format!("--panic-on={word}")).collect()
    }
}
