//! What the tests of this lesson share: servers, and clients with time limits.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use unix_socket::{Event, Listener, Stream, connect, serve};

pub const LIMIT: Duration = Duration::from_secs(10);

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
