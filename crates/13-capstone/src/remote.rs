//! The client's `run`: what the command prints is printed, what is typed is sent.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use cli::{complain, context};
use custom_header::{Object, member};
use file_transfer::{Failure, text};
use serde_json::Value;

use crate::client::{Client, parse_reply};
use crate::contents::next;
use crate::interrupt::INTERRUPTED;
use crate::record::MAX_BODY;
use crate::session::unexpected;
use crate::{Kind, Outgoing, Request};

/// What a command over there can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing: its input ends at once.
    Empty,
    /// What this program can read.
    Ours,
}

impl Client {
    /// Runs a command and prints what it prints, stdout on stdout and stderr on
    /// stderr. Returns the exit status: the command's, 130 if it was interrupted, or
    /// 1 if it has none or one that does not fit.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn run(&mut self, command: &str, input: Input) -> Result<u8, Failure> {
        self.ctrl_c.begin();
        self.send(&Request::Run(command.to_string()))?;
        if self.ctrl_c.has_come() {
            // The first may have overtaken the command.
            self.send(&Request::Interrupt)?;
        }
        if self.options.slow {
            println!("slow: what comes waits until Enter is typed");
            io::stdin().read_line(&mut String::new())?;
        }
        let taken = self.begin_to_feed(input)?;
        let (ended, counted) = self.follow(&taken)?;
        self.ctrl_c.finish();
        if self.options.slow {
            println!("{counted} bytes came");
        }
        Ok(status(&ended?)?)
    }

    /// Returns how to say that the server has taken a piece.
    fn begin_to_feed(&self, input: Input) -> io::Result<SyncSender<()>> {
        let (taken, acknowledged) = mpsc::sync_channel(1);
        let outgoing = Arc::clone(&self.outgoing);
        if self.options.slow || input == Input::Empty {
            outgoing.send(Kind::Stdin, b"")?;
        } else {
            thread::Builder::new()
                .spawn(move || feed(&outgoing, &acknowledged))
                .map_err(context("cannot start a thread"))?;
        }
        Ok(taken)
    }

    /// Prints what comes, until the command has ended or was refused. Returns that, and
    /// how many bytes were counted instead.
    fn follow(
        &mut self,
        taken: &SyncSender<()>,
    ) -> io::Result<(Result<Object, Failure>, usize)> {
        let mut counted = 0;
        loop {
            let (kind, body) = match next(&mut self.receiver) {
                // A command may be silent; the server knows how long.
                Err(error) if error.kind() == ErrorKind::TimedOut => continue,
                received => received?,
            };
            match kind {
                Kind::Stdout if self.options.slow => counted += body.len(),
                Kind::Stdout => cli::print(&body),
                // Perhaps nobody reads it.
                Kind::Stderr => drop(io::stderr().write_all(&body)),
                Kind::Message => match parse_reply(&body) {
                    Ok(reply) if reply.contains_key("taken") => {
                        let _ = taken.try_send(()); // perhaps nobody waits for it
                    }
                    last => return Ok((last, counted)),
                },
                kind => return Err(unexpected(kind)),
            }
        }
    }
}

/// Sends our input, each piece when the one before has been taken.
fn feed(outgoing: &Outgoing, acknowledged: &Receiver<()>) {
    let mut input = io::stdin().lock();
    let mut buffer = vec![0; MAX_BODY];
    loop {
        let size = match input.read(&mut buffer) {
            Ok(size) => size,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                complain(format!("capstone-client: cannot read the input: {error}"));
                0
            }
        };
        let sent = outgoing.send(Kind::Stdin, &buffer[..size]);
        // If the connection is broken, who reads from it says so.
        if size == 0 || sent.is_err() || acknowledged.recv().is_err() {
            return;
        }
    }
}

/// What the end of a command means for the one who waits for it.
fn status(ended: &Object) -> io::Result<u8> {
    match text(ended, "end")? {
        "exited" => {
            let code = member(ended, "exit_code", "an integer", Value::as_i64)?;
            Ok(u8::try_from(code).unwrap_or(1))
        }
        "interrupted" => Ok(INTERRUPTED),
        end => {
            let why = match end {
                "signal" => "a signal has ended the command",
                "timed_out" => "the server has ended the command: its time was over",
                _ => "the command has ended",
            };
            complain(format!("capstone-client: {why}"));
            Ok(1)
        }
    }
}
