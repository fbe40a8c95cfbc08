//! A folder of its own for a play, or for a test.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A new folder for temporary files, removed with all that is in it when this is
/// dropped, so also when a test fails.
#[derive(Debug)]
pub struct Temp(pub PathBuf);

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Temp {
    /// Makes it, for a test.
    ///
    /// # Panics
    ///
    /// As all of these: if the system does not allow it.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    #[track_caller]
    pub fn new() -> Self {
        Temp::try_new().unwrap_or_else(|error| panic!("no folder: {error}"))
    }

    /// Makes it.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn try_new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Without links, so that `pwd` in it says the same.
        let temporary = env::temp_dir().canonicalize()?;
        let process = std::process::id();
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = temporary.join(format!("scene-{process}-{number}"));
            match fs::create_dir(&path) {
                // One that a killed process with this number has left.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Temp(path)),
            }
        }
    }

    /// Where a file of this name is, or would be.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, and returns where it is.
    #[track_caller]
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        match fs::write(&path, contents) {
            Ok(()) => path,
            Err(error) => panic!("cannot write {}: {error}", path.display()),
        }
    }

    /// What is in a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.join(name))
            .unwrap_or_else(|error| panic!("cannot read {name}: {error}"))
    }

    /// The names of all that is in it, sorted.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        names(&self.0).unwrap_or_else(|error| panic!("cannot list: {error}"))
    }
}

/// A file system of 1 MiB in a folder, in memory: mount(8), tmpfs(5). It is taken away
/// when this is dropped.
#[derive(Debug)]
pub struct SmallDisk<'a>(&'a Temp);

impl<'a> SmallDisk<'a> {
    /// Mounts it; `None`, and a line that says so, where that is not allowed.
    pub fn mount(folder: &'a Temp) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&folder.0);
        match mount.output().is_ok_and(|output| output.status.success()) {
            true => Some(SmallDisk(folder)),
            false => {
                println!("skipped: only root can mount a small disk");
                None
            }
        }
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0.0).status();
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
