//! Systems without Unix sockets in Rust's library: the lesson has nothing to run
//! there.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::path::Path;

/// Never made.
pub type Stream = TcpStream;

/// Never made.
pub enum Listener {}

impl Listener {
    /// Says that there is nothing to run here.
    ///
    /// # Errors
    ///
    /// `Unsupported`, always.
    pub fn bind(_path: &Path) -> io::Result<Self> {
        Err(unsupported())
    }

    /// Says that there is nothing to run here.
    ///
    /// # Errors
    ///
    /// `Unsupported`, always.
    pub fn bind_locked(_path: &Path, _locked: File) -> io::Result<Self> {
        Err(unsupported())
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn accept(&self) -> io::Result<Stream> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn remove(&self) -> io::Result<()> {
        match *self {}
    }
}

/// Says that there is nothing to run here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn lock_folder(_path: &Path, _waiting: impl FnOnce()) -> io::Result<File> {
    Err(unsupported())
}

/// Says that there is nothing to run here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn connect(_path: &Path) -> io::Result<Stream> {
    Err(unsupported())
}

/// Says that there is nothing to run here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn pair() -> io::Result<(Stream, Stream)> {
    Err(unsupported())
}

fn unsupported() -> io::Error {
    let text = "this lesson has nothing to run here: Rust's library has Unix sockets \
                on Unix systems only";
    io::Error::new(ErrorKind::Unsupported, text)
}
