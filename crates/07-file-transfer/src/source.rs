//! A file that is about to be sent.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use cli::context;
use sha2::Sha256;

use crate::copy::{CopyError, copy};
use crate::system;

/// An open regular file and what it was like when it was opened.
#[derive(Debug)]
pub struct Source {
    file: File,
    seen: Metadata,
}

impl Source {
    /// Opens a file to read it. Never waits: opening a FIFO would, until somebody
    /// writes into it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is no regular file, otherwise the system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = system::open_without_waiting(path)?;
        let seen = file.metadata()?;
        if !seen.is_file() {
            let text = "not a regular file";
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        Ok(Source { file, seen })
    }

    /// Opens what was looked at: since then something else may have taken its place,
    /// such as a link to /etc/passwd. What is open stays what it is.
    ///
    /// # Errors
    ///
    /// `NotFound` if it is another file now, otherwise as [`open`](Source::open).
    pub fn open_same(path: &Path, looked_at: &Metadata) -> io::Result<Self> {
        let source = Source::open(path)?;
        match system::same_file(&source.seen, looked_at) {
            true => Ok(source),
            false => Err(ErrorKind::NotFound.into()),
        }
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.seen.len()
    }

    /// Sends the next `size` bytes.
    ///
    /// # Errors
    ///
    /// As [`copy`]; a file that has become shorter ends too soon.
    pub fn send(
        &mut self,
        writer: &mut impl io::Write,
        size: u64,
        digest: &mut Sha256,
    ) -> Result<(), CopyError> {
        copy(&mut self.file, writer, size, digest).map_err(|error| match error {
            CopyError::Read(error) if error.kind() == ErrorKind::UnexpectedEof => {
                let what = "the file has become shorter while it was read";
                CopyError::Read(context(what)(error))
            }
            other => other,
        })
    }

    /// Looks, when all of it has been sent, whether the file is still what was
    /// announced: half of what it was and half of what it is now is a file that never
    /// existed.
    ///
    /// # Errors
    ///
    /// `InvalidData` if its size or the time of its last change is another, or if there
    /// are bytes behind its size, as in /proc; otherwise the system's.
    pub fn check_unchanged(&mut self) -> io::Result<()> {
        let more = self.file.read(&mut [0])? > 0;
        let now = self.file.metadata()?;
        let (before, after) = (self.seen.len(), now.len());
        let text = if before != after {
            format!(
                "the file has changed while it was read: it had {before} bytes, now it \
                 has {after}"
            )
        } else if now.modified()? != self.seen.modified()? {
            "the file has changed while it was read".to_string()
        } else if more {
            format!("the file has more than the {after} bytes that the system tells")
        } else {
            return Ok(());
        };
        Err(io::Error::new(ErrorKind::InvalidData, text))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::Source;
    use std::io::ErrorKind;
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::{env, fs, path::Path, process};

    #[test]
    fn opening_a_fifo_a_folder_or_a_device_fails_at_once() {
        let folder = env::temp_dir().join(format!("source-{}", process::id()));
        fs::create_dir(&folder).unwrap();
        let fifo = folder.join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let results = [&fifo, &folder, Path::new("/dev/null")].map(Source::open);
        fs::remove_dir_all(&folder).unwrap();
        for result in results {
            assert_eq!(result.unwrap_err().to_string(), "not a regular file");
        }
    }

    #[test]
    fn what_is_replaced_between_the_look_and_the_opening_is_not_served() {
        let folder = env::temp_dir().join(format!("folder-{}", process::id()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("a.txt");
        fs::write(&path, "mine").unwrap();
        let seen = path.symlink_metadata().unwrap();
        let before = Source::open_same(&path, &seen).is_ok();
        fs::remove_file(&path).unwrap();
        symlink("/etc/passwd", &path).unwrap();
        let after = Source::open_same(&path, &seen);
        fs::remove_dir_all(&folder).unwrap();
        assert!(before);
        assert_eq!(after.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
