//! The shared folder: what may be read in it, and what may be put into it.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use cli::context;

use crate::name::check_name_here;
use crate::part::{Part, remove_rests};
use crate::refusal::{Refusal, exists, kind, not_a_file, not_found};
use crate::source::Source;

/// A folder whose files, and nothing else, are open to clients.
#[derive(Debug)]
pub struct Folder {
    /// Absolute and without links.
    path: PathBuf,
}

impl Folder {
    /// Shares a folder, and removes what servers that were killed have left in it.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub fn new(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        path.read_dir()?;
        // A rest that cannot be removed harms nobody.
        let _ = remove_rests(&path);
        Ok(Folder { path })
    }

    /// The names and sizes of all files that [`open`](Folder::open) opens, by name.
    ///
    /// # Errors
    ///
    /// `io`.
    pub fn list(&self) -> Result<Vec<(String, u64)>, Refusal> {
        let mut files = Vec::new();
        let entries = self.path.read_dir();
        for entry in entries.map_err(context("cannot list")).map_err(refuse)? {
            let Ok(name) = entry.map_err(refuse)?.file_name().into_string() else {
                continue;
            };
            if let Ok((_, seen)) = self.find(&name) {
                files.push((name, seen.len()));
            }
        }
        files.sort();
        Ok(files)
    }

    /// Opens a file to read it.
    ///
    /// # Errors
    ///
    /// `bad_name`, `not_found`, `not_a_file`, `io`.
    pub fn open(&self, name: &str) -> Result<Source, Refusal> {
        let (path, seen) = self.find(name)?;
        Source::open_same(&path, &seen).map_err(|error| match error.kind() {
            ErrorKind::NotFound => not_found(name),
            ErrorKind::InvalidInput => not_a_file(name),
            _ => refuse(context("cannot open")(error)),
        })
    }

    /// Where a file really is, links followed, and what it is like.
    fn find(&self, name: &str) -> Result<(PathBuf, Metadata), Refusal> {
        check_name_here(name)?;
        let real =
            self.path.join(name).canonicalize().map_err(|_| not_found(name))?;
        // A link may lead to a file in the folder, but not out of it; and nobody is
        // told what there is outside. Not into a folder below either: that could be
        // exchanged for a link before the file is opened.
        if real.parent() != Some(self.path.as_path()) {
            return Err(not_found(name));
        }
        let seen = real.symlink_metadata().map_err(|_| not_found(name))?;
        if !seen.is_file() {
            return Err(not_a_file(name));
        }
        Ok((real, seen))
    }

    /// Refuses a name that no file can be put under.
    ///
    /// # Errors
    ///
    /// `bad_name`, `not_a_file`, `exists`, `io`.
    pub fn check_target(&self, name: &str, overwrite: bool) -> Result<(), Refusal> {
        check_name_here(name)?;
        match self.path.join(name).symlink_metadata() {
            Ok(seen) if !seen.is_file() => Err(not_a_file(name)),
            Ok(_) if !overwrite => Err(exists(name)),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(refuse(context("cannot look at it")(error))),
        }
    }

    /// Makes a temporary file.
    ///
    /// # Errors
    ///
    /// `io`.
    pub fn create_part(&self) -> Result<Part, Refusal> {
        Part::create(&self.path)
            .map_err(context("cannot make a temporary file"))
            .map_err(refuse)
    }

    /// Gives a file that is complete its name.
    ///
    /// # Errors
    ///
    /// As [`check_target`](Folder::check_target): somebody else may have been
    /// faster.
    pub fn store(
        &self,
        part: Part,
        name: &str,
        overwrite: bool,
    ) -> Result<(), Refusal> {
        self.check_target(name, overwrite)?;
        part.place(&self.path.join(name), overwrite).map_err(|error| {
            match error.kind() {
                ErrorKind::AlreadyExists => exists(name),
                _ => refuse(context("cannot store")(error)),
            }
        })
    }
}

/// What the system says is no secret, as long as it names no path.
fn refuse(error: io::Error) -> Refusal {
    Refusal::new(kind::IO, error)
}
