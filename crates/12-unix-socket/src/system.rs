//! A socket in the file system: made for its owner alone, and removed by who made
//! it.

mod stale;

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use cli::context;
use socket2::{Domain, SockAddr, Socket, Type};

pub use stale::lock_folder;
use stale::make_room;

/// One end of a connection.
pub type Stream = UnixStream;

/// The longest path in bytes: `sun_path` of [unix(7)] holds 108 with the NUL at its
/// end, on other systems 104.
///
/// [unix(7)]: https://man7.org/linux/man-pages/man7/unix.7.html
pub const MAX_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// How many connections may wait for accept, as for std's TCP listener (lesson 3).
const BACKLOG: i32 = 128;

/// A socket that listens on a path, for connections of its owner only.
#[derive(Debug)]
pub struct Listener {
    inner: UnixListener,
    path: PathBuf,
    /// Device and inode number of the file. They stay its own while `inner` is open,
    /// even if the file is removed.
    made: (u64, u64),
}

impl Listener {
    /// As [`bind_locked`](Listener::bind_locked), with the lock that belongs to it.
    ///
    /// # Errors
    ///
    /// As [`lock_folder`] and `bind_locked`.
    pub fn bind(path: &Path) -> io::Result<Self> {
        Listener::bind_locked(path, lock_folder(path, || ())?)
    }

    /// socket, bind, chmod, listen. A file of a server that is dead is replaced.
    /// `_locked` comes from [`lock_folder`], and is unlocked at the end.
    ///
    /// `UnixListener::bind` would listen at once, on a file that everybody may use
    /// whom the umask allows. Between bind and listen nobody can connect: there is
    /// time to set the permissions.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the path is empty or too long; `AlreadyExists` if something
    /// else than a socket is there, a link for example: it is not touched;
    /// `AddrInUse` if a server listens there, be it ever so busy; otherwise the
    /// system's.
    pub fn bind_locked(path: &Path, _locked: File) -> io::Result<Self> {
        let addr = address(path)?;
        make_room(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)
            .map_err(context("socket"))?;
        socket.bind(&addr).map_err(context("bind"))?;
        let ready = fs::set_permissions(path, Permissions::from_mode(0o600))
            .map_err(context("chmod"))
            .and_then(|()| socket.listen(BACKLOG).map_err(context("listen")))
            .and_then(|()| path.symlink_metadata());
        match ready {
            Ok(seen) => Ok(Listener {
                inner: OwnedFd::from(socket).into(),
                path: path.to_path_buf(),
                made: identity(&seen),
            }),
            Err(error) => {
                let _ = fs::remove_file(path);
                Err(error)
            }
        }
    }

    /// Waits for a client. It has no address: its end of the connection has no path.
    ///
    /// # Errors
    ///
    /// The system's, if there is no descriptor left for example.
    pub fn accept(&self) -> io::Result<Stream> {
        self.inner.accept().map(|(stream, _)| stream)
    }

    /// Removes the file, if it is still the one that we made: nobody can connect any
    /// more. Connections go on.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn remove(&self) -> io::Result<()> {
        match self.path.symlink_metadata() {
            Ok(seen) if identity(&seen) == self.made => fs::remove_file(&self.path),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Connects with the server at a path.
///
/// # Errors
///
/// `InvalidInput` as [`Listener::bind`]; `NotFound`, `PermissionDenied`,
/// `ConnectionRefused` if nobody listens; otherwise the system's.
pub fn connect(path: &Path) -> io::Result<Stream> {
    address(path)?;
    UnixStream::connect(path)
}

/// Two ends of a connection that has no name anywhere ([socketpair(2)]): for
/// threads, or for a process and its child.
///
/// # Errors
///
/// The system's.
///
/// [socketpair(2)]: https://man7.org/linux/man-pages/man2/socketpair.2.html
pub fn pair() -> io::Result<(Stream, Stream)> {
    UnixStream::pair()
}

fn address(path: &Path) -> io::Result<SockAddr> {
    let size = path.as_os_str().len();
    if !(1..=MAX_PATH).contains(&size) {
        let text = format!("a path of {size} bytes, expected 1 to {MAX_PATH}");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    SockAddr::unix(path)
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
