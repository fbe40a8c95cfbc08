//! A file that is not yet complete, and how it gets its name.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use cli::context;

use crate::name::PART_PREFIX;
use crate::system::OpenFolder;

/// A temporary file beside those that are complete. It is removed when it is
/// dropped, unless it has been placed: whatever goes wrong leaves no rest (but for
/// kill -9, see [`Folder::new`](crate::Folder::new)).
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    /// To write into.
    pub file: File,
    placed: bool,
}

impl Part {
    /// Makes a new file under a name that nobody else has.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn create(folder: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PART_PREFIX}-{}-{number}", process::id());
            let path = folder.join(name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    // So that `remove_rests` sees that it is in use. Where there are
                    // no locks, that removes nothing.
                    let _ = file.lock();
                    if path.symlink_metadata().is_err() {
                        continue; // it was faster than the lock
                    }
                    return Ok(Part { path, file, placed: false });
                }
                // A process of the same number has left it when it was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives the file its name: it is complete and right.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if the name is taken and `overwrite` is false, otherwise the
    /// system's.
    pub fn place(mut self, target: &Path, overwrite: bool) -> io::Result<()> {
        place(&self.file, &self.path, target, overwrite)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.placed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the temporary files of servers that were killed: those that no process
/// has locked.
pub fn remove_rests(folder: &Path) -> io::Result<()> {
    for entry in folder.read_dir()? {
        // One that cannot be removed (somebody else's) keeps none of the others.
        let _ = remove_if_rest(&entry?);
    }
    Ok(())
}

fn remove_if_rest(entry: &DirEntry) -> io::Result<()> {
    if is_part(&entry.file_name().to_string_lossy()) && entry.file_type()?.is_file()
    {
        let file = File::open(entry.path())?;
        file.try_lock()?;
        // Locked until it is gone: who makes it just now waits in `create`, and looks.
        fs::remove_file(entry.path())?;
    }
    Ok(())
}

/// True for the names that [`Part::create`] makes: a hyphen more, then numbers. A
/// client's `.part-NAME` is worth to be kept.
fn is_part(name: &str) -> bool {
    let rest =
        name.strip_prefix(PART_PREFIX).and_then(|name| name.strip_prefix('-'));
    rest.is_some_and(|rest| {
        rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}

/// Flushes a file's contents to the disk, gives it its name, and flushes that.
///
/// # Errors
///
/// `AlreadyExists` if the name is taken and `overwrite` is false, otherwise the
/// system's.
pub fn place(
    file: &File,
    from: &Path,
    to: &Path,
    overwrite: bool,
) -> io::Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Before the file has its name: if this fails, nothing has happened yet.
    let folder = OpenFolder::open(folder.unwrap_or(Path::new(".")))
        .map_err(context("cannot open the folder"))?;
    file.sync_all().map_err(context("cannot flush"))?;
    rename(from, to, overwrite)?;
    folder.sync().map_err(context(
        "it has its name, but may lose it: cannot flush the folder",
    ))
}

/// Moves a file to another name in the same folder, in one step: others see all of
/// it or nothing.
fn rename(from: &Path, to: &Path, overwrite: bool) -> io::Result<()> {
    if overwrite {
        return fs::rename(from, to);
    }
    // rename(2) replaces what is there, and a look before it would come too early
    // for whoever takes the name just then. A second name, link(2), is never taken
    // twice.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // Not every file system has links (FAT): there an empty file takes the name,
        // and for a moment others can see it empty.
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            fs::rename(from, to).inspect_err(|_| {
                let _ = fs::remove_file(to);
            })
        }
    }
}
