//! The server: a thread for each client, and an end that is announced.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use cli::complain;
use comm_loop::pause_after;

use crate::{Listener, talk};

/// What the server's main thread hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A conversation has begun.
    Came,
    /// A conversation is over.
    Left,
    /// Ctrl-C, or SIGTERM.
    Stop,
}

/// Gives each client a thread of its own, until `Stop` comes. Then nobody new can
/// connect, and conversations may go on for `grace`, or until the second `Stop`.
/// Returns how many are cut when the process now ends.
///
/// `sender` is the other end of `events`: also who hears signals has one.
///
/// # Errors
///
/// The file could not be removed, or there was no thread to begin with.
pub fn serve(
    listener: Listener,
    grace: Duration,
    sender: Sender<Event>,
    events: &Receiver<Event>,
) -> io::Result<usize> {
    let listener = Arc::new(listener);
    let accepting = Arc::clone(&listener);
    thread::Builder::new().spawn(move || accept_all(&accepting, &sender))?;

    let mut clients = 0;
    while count(&mut clients, events.recv().unwrap_or(Event::Stop)) {}
    listener.remove()?;
    println!("ending, conversations left: {clients}");
    let deadline = Instant::now() + grace;
    while clients > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(event) if count(&mut clients, event) => {}
            _ => break, // the second Stop, or the time is up
        }
    }
    Ok(clients)
}

/// False if it is the end.
fn count(clients: &mut usize, event: Event) -> bool {
    match event {
        Event::Came => *clients += 1,
        Event::Left => *clients -= 1,
        Event::Stop => return false,
    }
    true
}

/// The connection loop, whatever clients do.
fn accept_all(listener: &Listener, events: &Sender<Event>) {
    for number in 1_u64.. {
        let started = listener.accept().and_then(|stream| {
            let events = events.clone();
            thread::Builder::new().spawn(move || {
                // Nobody hears this if the server has ended already.
                let _ = events.send(Event::Came);
                println!("client {number} connected");
                match talk(stream) {
                    Ok(total) => {
                        println!("client {number} closed after {total} bytes")
                    }
                    Err(error) => complain(format!(
                        "unix-socket-server: client {number}: {error}"
                    )),
                }
                let _ = events.send(Event::Left);
            })
        });
        if let Err(error) = started {
            complain(format!("unix-socket-server: cannot accept: {error}"));
            pause_after(&error);
        }
    }
}
