//! A file on its way in: `.part-NAME` until its digest is right.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use cli::context;
use sha2::{Digest, Sha256};

use crate::copy::copy;
use crate::name::PART_PREFIX;
use crate::part::place;
use crate::system;

/// The longest end of `.part-NAME`, in bytes, such that the whole has at most 255.
const MAX_END: usize = 255 - PART_PREFIX.len();

/// What has arrived of a file, now or in an earlier run. If a run ends too soon, for
/// whatever reason, this stays and the next one goes on from it.
#[derive(Debug)]
pub struct Download {
    /// Where it is.
    pub part: PathBuf,
    target: PathBuf,
    overwrite: bool,
    /// To write into, behind what is there.
    pub file: File,
    /// How many bytes were there already.
    pub kept: u64,
    /// The digest of what is there.
    pub digest: Sha256,
}

impl Download {
    /// Opens `.part-NAME` in a folder. Of `name` only the
    /// last part counts, so that the file lies in this folder and nowhere else.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if the file itself is there and `overwrite` is false; what is
    /// there is no regular file; otherwise the system's.
    pub fn open(into: &Path, name: &str, overwrite: bool) -> io::Result<Self> {
        let Some(name) = Path::new(name).file_name().and_then(|name| name.to_str())
        else {
            let text = format!("{name:?} names no file");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        };
        if system::is_special(name) {
            let text = format!("{name:?} is no name for a file on this system");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        let target = into.join(name);
        if check_regular(&target)? && !overwrite {
            let text =
                format!("{} is there already (see --force)", target.display());
            return Err(io::Error::new(ErrorKind::AlreadyExists, text));
        }
        let part = into.join(part_name(name));
        check_regular(&part)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part)
            .map_err(context(format!("cannot open {}", part.display())))?;
        lock(&file, &part)?;
        // Who was killed between link(2) and unlink(2) has left a file with both
        // names: to write into the part would be to write into the file.
        if system::has_another_name(&file.metadata()?) {
            fs::remove_file(&part)?;
            return Download::open(into, name, overwrite);
        }
        let kept = file.metadata()?.len();
        let digest = Sha256::new();
        Ok(Download { part, target, overwrite, file, kept, digest })
    }

    /// Digests what is there already. That leaves the file at its end, where writing
    /// goes on.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn read_kept(&mut self) -> io::Result<()> {
        Ok(copy(&mut self.file, &mut io::sink(), self.kept, &mut self.digest)?)
    }

    /// Throws away what is there.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.kept = 0;
        self.digest = Sha256::new();
        Ok(())
    }

    /// Gives the file its name: it is complete and right.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if somebody has taken the name meanwhile (not with
    /// `overwrite`), otherwise the system's.
    pub fn finish(self) -> io::Result<()> {
        place(&self.file, &self.part, &self.target, self.overwrite)
            .map_err(context(format!("cannot make {}", self.target.display())))
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        // Nothing came: nothing is worth to be kept.
        if self.file.metadata().is_ok_and(|now| now.len() == 0) {
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// `.part-NAME`, cut between two characters if it were too long for a name.
fn part_name(name: &str) -> String {
    let mut end = name.len().min(MAX_END);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{PART_PREFIX}{}", &name[..end])
}

/// Keeps others away from a part until it is closed: two that write into one file
/// make one that nobody has sent.
fn lock(file: &File, part: &Path) -> io::Result<()> {
    let locked = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    // The other may have finished between our opening and our lock: then this is no
    // part any more, but a file with a name.
    let opened = file.metadata()?;
    let same = |now| system::same_file(&opened, &now);
    if locked && part.symlink_metadata().is_ok_and(same) {
        return Ok(());
    }
    let text = format!("{} is in use: somebody fetches it already", part.display());
    Err(io::Error::new(ErrorKind::ResourceBusy, text))
}

/// True if the file is there, false if not.
fn check_regular(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(seen) if seen.is_file() => Ok(true),
        Ok(_) => {
            let text = format!("{} is not a regular file", path.display());
            Err(io::Error::new(ErrorKind::InvalidInput, text))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(context(format!("cannot look at {}", path.display()))(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lock;
    use scene::Temp;
    use std::fs::{self, File};
    use std::io::ErrorKind;

    #[test]
    fn a_part_that_has_got_its_name_meanwhile_is_in_use() {
        let folder = Temp::new();
        let part = folder.join(".part-a.txt");
        let file = File::create(&part).unwrap();
        fs::rename(&part, folder.join("a.txt")).unwrap();
        let error = lock(&file, &part).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
        assert!(error.to_string().contains(".part-a.txt is in use"), "{error}");
    }
}
