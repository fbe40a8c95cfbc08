//! The end of a program that serves: announced, with grace, and said.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use crate::ServerHandle;

/// Serves until the first `stop`. Then conversations may go on for `grace`, or until
/// the second one, and are cut.
pub fn run(servers: Vec<ServerHandle>, grace: Duration, stops: Receiver<()>) {
    let _ = stops.recv();
    let left: usize = servers.iter().map(ServerHandle::shutdown).sum();
    println!("ending, conversations left: {left}");
    let deadline = Instant::now() + grace;
    let servers = Arc::new(servers);
    let hurried = Arc::clone(&servers);
    // Without this thread there is the deadline.
    let _ = thread::Builder::new().spawn(move || {
        if stops.recv().is_ok() {
            hurried.iter().for_each(ServerHandle::hurry);
        }
    });
    let cut: usize = servers.iter().map(|server| server.end(deadline)).sum();
    println!("ended, conversations cut: {cut}");
}
