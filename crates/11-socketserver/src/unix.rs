//! A path in the file system as a source of clients, with lesson 12's listener.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cli::complain;
use unix_socket::{Listener, Stream, connect};

use crate::Source;

/// A Unix socket that listens, for programs of the same user. Its file goes with it.
pub struct UnixSource {
    listener: Listener,
    path: PathBuf,
    count: AtomicU64,
}

impl UnixSource {
    /// As lesson 12's [`Listener::bind`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let listener = Listener::bind(path)?;
        Ok(UnixSource {
            listener,
            path: path.to_path_buf(),
            count: AtomicU64::new(1),
        })
    }
}

impl Drop for UnixSource {
    fn drop(&mut self) {
        if let Err(error) = self.listener.remove() {
            let path = self.path.display();
            complain(format!("socketserver: cannot remove {path}: {error}"));
        }
    }
}

impl Source for UnixSource {
    type Request = Stream;

    /// Nobody there has an address: they get numbers.
    fn accept(self: &Arc<Self>) -> io::Result<(Stream, String)> {
        let stream = self.listener.accept()?;
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        Ok((stream, format!("client {number}")))
    }

    fn wake(&self) -> io::Result<()> {
        connect(&self.path).map(drop)
    }
}

/// As for TCP. Elsewhere [`Stream`] is a TCP stream, of which there is never one.
#[cfg(unix)]
impl crate::Request for Stream {
    const CONNECTS: bool = true;

    fn cutter(&self) -> io::Result<crate::Cutter> {
        let stream = self.try_clone()?;
        Ok(Box::new(move || drop(stream.shutdown(std::net::Shutdown::Both))))
    }

    fn refuse(&mut self, line: &str) -> io::Result<()> {
        io::Write::write_all(self, line.as_bytes())?;
        self.shutdown(std::net::Shutdown::Write)
    }

    fn finish(self) -> io::Result<()> {
        let _ = self.shutdown(std::net::Shutdown::Write);
        Ok(())
    }
}
