//! A fixed number of threads, the workers, that take clients out of a queue.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cli::context;

use crate::{Acceptor, Client, Handler, Submit};

/// A client to serve. The sender says nothing: that it is dropped is the message.
type Job = (Client, Sender<()>);

/// Serves at most `workers` clients at once; the others wait in the queue, or, if
/// each is waited for before the next is accepted, in the backlog.
///
/// # Errors
///
/// There are no threads for the workers.
pub fn serve(
    acceptor: Acceptor,
    handler: &Handler,
    workers: usize,
    submit: Submit,
) -> io::Result<()> {
    let (queue, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 1..=workers {
        let (jobs, handler) = (Arc::clone(&jobs), handler.clone());
        thread::Builder::new()
            .name(format!("worker {number}"))
            .spawn(move || work(&jobs, &handler))
            .map_err(context("cannot start a worker"))?;
    }
    for client in acceptor {
        let (done, is_done) = mpsc::channel();
        // There is always somebody who takes it: workers never end before the queue.
        let _ = queue.send((client, done));
        if submit == Submit::Wait {
            let _ = is_done.recv();
        }
    }
    Ok(())
}

/// What a worker does all day.
fn work(jobs: &Mutex<Receiver<Job>>, handler: &Handler) {
    loop {
        // One worker waits for a job, the others wait for that one's lock.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((client, _done)) = job else { return };
        handler.serve_caught(&client);
    }
}
