//! The shared folder: what may be read in it, and what may be put into it.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use cli::{context, show};

use crate::name::check_name_here;
use crate::part::{Part, remove_rests};
use crate::refusal::{Refusal, kind};
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
        open_same(&path, &seen).map_err(|error| match error.kind() {
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

/// Opens what was looked at: since then something else may have taken its place,
/// such as a link to /etc/passwd. What is open stays what it is.
fn open_same(path: &Path, seen: &Metadata) -> io::Result<Source> {
    let source = Source::open(path)?;
    match source.is(seen) {
        true => Ok(source),
        false => Err(ErrorKind::NotFound.into()),
    }
}

/// What the system says is no secret, as long as it names no path.
fn refuse(error: io::Error) -> Refusal {
    Refusal::new(kind::IO, error)
}

fn not_found(name: &str) -> Refusal {
    let text = format!("there is no file {}", show(name.as_bytes()));
    Refusal::new(kind::NOT_FOUND, text)
}

fn not_a_file(name: &str) -> Refusal {
    let text = format!("{} is not a regular file", show(name.as_bytes()));
    Refusal::new(kind::NOT_A_FILE, text)
}

fn exists(name: &str) -> Refusal {
    let text = format!("there is a file {} already", show(name.as_bytes()));
    Refusal::new(kind::EXISTS, text)
}

#[cfg(all(test, unix))]
mod tests {
    use super::open_same;
    use std::{env, fs, io::ErrorKind, os::unix::fs::symlink, process};

    #[test]
    fn what_is_replaced_between_the_look_and_the_opening_is_not_served() {
        let folder = env::temp_dir().join(format!("folder-{}", process::id()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("a.txt");
        fs::write(&path, "mine").unwrap();
        let seen = path.symlink_metadata().unwrap();
        let before = open_same(&path, &seen).is_ok();
        fs::remove_file(&path).unwrap();
        symlink("/etc/passwd", &path).unwrap();
        let after = open_same(&path, &seen);
        fs::remove_dir_all(&folder).unwrap();
        assert!(before);
        assert_eq!(after.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
