//! The end of a program that serves: announced, with grace, and said.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::ServerHandle;

/// How long conversations may go on when nobody says anything else.
pub const GRACE: Duration = Duration::from_secs(5);

/// Hears Ctrl-C, SIGTERM and SIGHUP, which end the process no more.
///
/// # Errors
///
/// The system's, or they are heard already.
pub fn hear_stops() -> io::Result<Receiver<()>> {
    let (stop, stops) = mpsc::channel();
    let heard = ctrlc::set_handler(move || {
        let _ = stop.send(()); // nobody waits for it any more
    });
    heard.map_err(io::Error::other)?;
    Ok(stops)
}

/// Serves until Ctrl-C, with a grace of 5 s.
///
/// # Errors
///
/// As [`hear_stops`].
pub fn serve_forever(server: ServerHandle) -> io::Result<()> {
    serve_until(hear_stops()?, GRACE, vec![server]);
    Ok(())
}

/// Serves until the first stop. Then conversations may go on for `grace`, or until
/// the second one, and are cut.
pub fn serve_until(
    stops: Receiver<()>,
    grace: Duration,
    servers: Vec<ServerHandle>,
) {
    let _ = stops.recv();
    let left: usize = servers.iter().map(ServerHandle::shutdown).sum();
    println!("ending, conversations left: {left}");
    let deadline = Instant::now() + grace;
    let servers = Arc::new(servers);
    let hurried = Arc::clone(&servers);
    // Without this thread there is the deadline. It never ends, so nobody drops the
    // servers: handlers that do not notice the cut end with the process.
    let _ = thread::Builder::new().spawn(move || {
        for () in stops {
            hurried.iter().for_each(ServerHandle::hurry);
        }
    });
    let cut: usize = servers.iter().map(|server| server.end(deadline)).sum();
    println!("ended, conversations cut: {cut}");
}
