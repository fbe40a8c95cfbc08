//! A socket in the file system: made for its owner alone, and removed by who made
//! it.

use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use cli::context;
use socket2::{Domain, SockAddr, Socket, Type};

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

/// Waits until no other server of this lesson looks around in the folder of this path
/// ([flock(2)]); calls `waiting` if it is not the first. If two started at once, both
/// could find the same dead file, and the second would remove what the first has just
/// made. The system unlocks it when the file is closed, however its process ends.
///
/// # Errors
///
/// `NotFound` or `NotADirectory` if there is no such folder; otherwise the system's.
///
/// [flock(2)]: https://man7.org/linux/man-pages/man2/flock.2.html
pub fn lock_folder(path: &Path, waiting: impl FnOnce()) -> io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // The dot at the end is in a folder only: nothing waits at a FIFO.
    let folder = File::open(folder.unwrap_or(Path::new(".")).join("."))
        .map_err(context("cannot open the folder"))?;
    let locked = match folder.try_lock() {
        Err(TryLockError::WouldBlock) => {
            waiting();
            folder.lock()
        }
        tried => tried.map_err(io::Error::from),
    };
    locked.map_err(context("cannot lock the folder"))?;
    Ok(folder)
}

/// Removes the socket of a dead server. What is alive stays, and bind says the rest.
fn make_room(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(seen) if !seen.file_type().is_socket() => {
            let text = "what stands there is no socket, and is left alone";
            Err(io::Error::new(ErrorKind::AlreadyExists, text))
        }
        Ok(_) if is_dead(path)? => fs::remove_file(path)
            .map_err(context("cannot remove the socket of a dead server")),
        Ok(_) => Ok(()),
    }
}

/// True if the system says that nobody listens. Linux tells a server whose queue is
/// full from a dead one: it would have to wait (EAGAIN). Other systems refuse then,
/// too.
fn is_dead(path: &Path) -> io::Result<bool> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let connected = socket.connect(&SockAddr::unix(path)?);
    match connected {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(true),
        // Another user's: we may not ask, so we do not know.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        _ => Ok(false),
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
