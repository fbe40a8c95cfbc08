//! Ctrl-C at the client: it ends the command over there, or this program.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::{Kind, Outgoing, Request};

/// The exit status of a program that Ctrl-C has ended: 128 and SIGINT's number.
pub const INTERRUPTED: u8 = 130;

/// What Ctrl-C means just now.
pub struct CtrlC {
    outgoing: Arc<Outgoing>,
    /// True if a command runs over there that has not been interrupted.
    runs: AtomicBool,
    sent: (Sender<()>, Mutex<Receiver<()>>),
}

impl CtrlC {
    /// For the commands of one connection.
    pub fn new(outgoing: Arc<Outgoing>) -> Arc<Self> {
        let (sender, receiver) = mpsc::channel();
        let sent = (sender, Mutex::new(receiver));
        Arc::new(CtrlC { outgoing, runs: AtomicBool::new(false), sent })
    }

    /// From now on Ctrl-C ends the command that runs over there. If none does, or
    /// the second time, it ends this program.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn listen(self: Arc<Self>) -> io::Result<()> {
        ctrlc::set_handler(move || match self.runs.swap(false, Ordering::SeqCst) {
            true => self.interrupt(),
            false => exit(),
        })
        .map_err(io::Error::other)
    }

    /// In another thread: if the connection does not take it, the next Ctrl-C must
    /// find its way all the same.
    fn interrupt(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let sending = thread::Builder::new().spawn(move || {
            let request = Request::Interrupt.to_json();
            let _ = this.outgoing.send(Kind::Message, &request);
            let _ = this.sent.0.send(());
        });
        if sending.is_err() {
            exit();
        }
    }

    /// A command is about to run.
    pub fn begin(&self) {
        self.runs.store(true, Ordering::SeqCst);
    }

    /// True if Ctrl-C has been pressed since then.
    pub fn has_come(&self) -> bool {
        !self.runs.load(Ordering::SeqCst)
    }

    /// It has ended. An interrupt that is just being sent is waited for: it must not
    /// meet the next command.
    pub fn finish(&self) {
        if !self.runs.swap(false, Ordering::SeqCst) {
            let sent = self.sent.1.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = sent.recv();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing wakes a thread that waits for a typed line"
)]
fn exit() {
    process::exit(i32::from(INTERRUPTED));
}
