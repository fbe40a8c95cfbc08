//! What the tests of this lesson share: folders, servers and clients with time
//! limits.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use unix_socket::{Event, Listener, Stream, connect, serve};

pub const LIMIT: Duration = Duration::from_secs(10);

/// A new folder, removed with all that is in it.
pub struct Temp(pub PathBuf);

impl Temp {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("unix-socket-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Temp(path)
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of all that is in it.
    pub fn names(&self) -> Vec<String> {
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server in a thread that ends with the test's process, at the latest.
pub struct Server {
    pub events: Sender<Event>,
    pub ended: JoinHandle<usize>,
}

pub fn server(path: &Path, grace: Duration) -> Server {
    let listener = Listener::bind(path).unwrap();
    let (events, heard) = mpsc::channel();
    let sender = events.clone();
    let ended =
        thread::spawn(move || serve(listener, grace, sender, &heard).unwrap());
    Server { events, ended }
}

pub fn client(path: &Path) -> Stream {
    let stream = connect(path).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

#[track_caller]
pub fn assert_serves_the_next(path: &Path) {
    let answer = unix_socket::ask(&mut client(path), b"are you there?").unwrap();
    assert_eq!(answer, b"ARE YOU THERE?");
}

/// Waits until it is true.
#[track_caller]
pub fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::yield_now();
    }
}
