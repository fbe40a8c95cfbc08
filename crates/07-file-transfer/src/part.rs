//! A file that is not yet complete, and how it gets its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use cli::context;

use crate::name::PART_PREFIX;
use crate::system;

/// A temporary file beside those that are complete. It is removed when it is
/// dropped, unless it has been placed: whatever goes wrong leaves no rest.
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
            let name = format!("{PART_PREFIX}{}-{number}", process::id());
            let path = folder.join(name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Part { path, file, placed: false }),
                // A process of the same number has left it when it was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Flushes the contents to the disk, gives the file its name, and flushes that.
    ///
    /// # Errors
    ///
    /// As [`place`].
    pub fn place(mut self, target: &Path, overwrite: bool) -> io::Result<()> {
        self.file.sync_all().map_err(context("cannot flush"))?;
        place(&self.path, target, overwrite)?;
        self.placed = true;
        let folder = target.parent().unwrap_or(Path::new("."));
        system::sync_folder(folder).map_err(context("cannot flush the folder"))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.placed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Moves a file to its name in the same folder, in one step: others see all of it
/// or nothing.
///
/// # Errors
///
/// `AlreadyExists` if the name is taken and `overwrite` is false, otherwise the
/// system's.
pub fn place(from: &Path, to: &Path, overwrite: bool) -> io::Result<()> {
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
