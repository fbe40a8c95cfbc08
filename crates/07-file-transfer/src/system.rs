//! What systems do not agree on.

pub use ours::{
    OpenFolder, has_another_name, is_special, open_without_waiting, same_file,
};

#[cfg(unix)]
mod ours {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    use std::path::Path;

    /// `O_NONBLOCK` of open(2): std has no name for it. On a regular file it does
    /// nothing; on a FIFO it opens at once.
    const O_NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x0004 };

    /// Opens a file to read it.
    pub fn open_without_waiting(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path)
    }

    /// True if both are the same file: device and inode number say so.
    pub fn same_file(one: &Metadata, other: &Metadata) -> bool {
        one.dev() == other.dev() && one.ino() == other.ino()
    }

    /// True if a file has more than one name: link(2).
    pub fn has_another_name(seen: &Metadata) -> bool {
        seen.nlink() > 1
    }

    /// False: every name that is no path is the name of a file.
    pub fn is_special(_name: &str) -> bool {
        false
    }

    /// A folder whose names can be flushed to the disk, as fsync(2) recommends.
    pub struct OpenFolder(File);

    impl OpenFolder {
        /// Opens a folder.
        pub fn open(path: &Path) -> io::Result<Self> {
            File::open(path).map(OpenFolder)
        }

        /// Flushes the names in it.
        pub fn sync(&self) -> io::Result<()> {
            self.0.sync_all()
        }
    }
}

#[cfg(not(unix))]
mod ours {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;

    /// Opens a file to read it; no file in a folder of Windows makes that wait.
    pub fn open_without_waiting(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    /// True if both seem to be the same file: std does not tell its number here.
    pub fn same_file(one: &Metadata, other: &Metadata) -> bool {
        one.len() == other.len() && one.created().ok() == other.created().ok()
    }

    /// False: std does not tell it here.
    pub fn has_another_name(_seen: &Metadata) -> bool {
        false
    }

    /// True for names under which Windows, or most of its programs, would find
    /// something else: a device (`NUL.txt`), a stream of the file `a` (`a:b`), or `a`
    /// itself (`a.`). See [Naming files].
    ///
    /// [Naming files]: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
    pub fn is_special(name: &str) -> bool {
        let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
        let stem = stem.to_ascii_uppercase();
        let number = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*stem)
            || number.is_some_and(|rest| {
                rest.chars().count() == 1 && rest.contains(char::is_numeric)
            })
            || name.contains(['<', '>', ':', '"', '|', '?', '*'])
            || name.ends_with(['.', ' '])
    }

    /// Nothing: Windows does not open a folder as a file.
    pub struct OpenFolder;

    impl OpenFolder {
        /// Opens nothing.
        pub fn open(_path: &Path) -> io::Result<Self> {
            Ok(OpenFolder)
        }

        /// Flushes nothing.
        pub fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }
}
