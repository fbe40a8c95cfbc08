//! One user's conversation: a request, its answer, the next request.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use custom_header::invalid;
use file_transfer::{Failure, Refusal, kind};

use crate::contents::fitting;
use crate::running::Running;
use crate::users::Place;
use crate::{Kind, Outgoing, Receiver, Request, Server};

/// What belongs to one connection whose user has been let in.
pub struct Session {
    /// What all users share.
    pub server: Arc<Server>,
    /// How the log calls this one: address and name.
    pub who: String,
    /// The user's place among the others.
    pub place: Place,
    /// True once the server has cut the conversation.
    pub is_cut: Arc<AtomicBool>,
    /// Where records come from. Its time-out is the server's idle time-out.
    pub receiver: Receiver,
    /// Where they go to, also from a command's thread.
    pub outgoing: Arc<Outgoing>,
    /// The command that runs, or ran last.
    pub running: Option<Running>,
}

impl Session {
    /// Answers until the client says that it ends. Whatever the end is, no command
    /// outlives it.
    ///
    /// # Errors
    ///
    /// Why the conversation had to end before.
    pub fn talk(mut self) -> io::Result<()> {
        let mut result = self.serve();
        let last_word = match &result {
            Ok(()) => Some(String::new()),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                Some(error.to_string())
            }
            Err(_) => None, // nobody is there, or nobody to be trusted
        };
        if last_word.is_none() || self.runs() {
            self.outgoing.cut(); // or the client might take the rest for ever
        }
        if let Some(running) = self.running.take() {
            running.end();
            if let Err(error) = running.wait()
                && error.kind() == ErrorKind::TimedOut
            {
                result = Err(error); // the reason: nobody took what it printed
            }
        }
        if let Some(why) = last_word {
            self.outgoing.end(&why);
        }
        result
    }

    /// While a command runs this thread only reads, so that it hears of an interrupt
    /// and of the client's end at once. What the command prints is another's
    /// business.
    fn serve(&mut self) -> io::Result<()> {
        loop {
            let record = match self.receiver.receive() {
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    self.excuse_silence()?;
                    continue;
                }
                received => received?,
            };
            match record.map(|record| (record.kind, record.body)) {
                Some((Kind::Message, body)) => self.answer(&body)?,
                Some((Kind::Stdin, body)) => self.give(body)?,
                Some((Kind::End, _)) | None => return Ok(()),
                Some((kind, _)) => return Err(unexpected(kind)),
            }
        }
    }

    /// Who waits for a command may be silent, and once more when it has ended.
    fn excuse_silence(&mut self) -> io::Result<()> {
        match &self.running {
            Some(running) if running.is_done() => self.running = None,
            Some(_) => {}
            None => {
                let text = format!("idle for {:?}", self.server.idle_timeout);
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
        }
        Ok(())
    }

    fn runs(&self) -> bool {
        self.running.as_ref().is_some_and(Running::runs)
    }

    /// Input for the command; if it has ended meanwhile, nobody needs it.
    fn give(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.running.as_ref().map_or(Ok(()), |running| running.give(bytes))
    }

    /// Does what a message asks for, or says why not.
    fn answer(&mut self, message: &[u8]) -> io::Result<()> {
        let refusal = match self.perform(message) {
            Ok(()) => return Ok(()),
            Err(Failure::Refused(refusal)) => refusal,
            Err(Failure::Here(error) | Failure::Broken(error)) => return Err(error),
        };
        self.say(format_args!("refused: {}", refusal.kind));
        if refusal.kind == kind::IO {
            let text = &refusal.message;
            self.server.log.complain(format_args!("{}: {text}", self.who));
        }
        self.outgoing.send(Kind::Message, &refusal.to_json())
    }

    fn perform(&mut self, message: &[u8]) -> Result<(), Failure> {
        match Request::from_json(message) {
            Ok(Request::Interrupt) => {
                // If nothing runs: it has crossed the command's end on its way.
                self.running.iter().for_each(Running::end);
                Ok(())
            }
            _ if self.runs() => {
                Err(invalid("a request came while a command runs").into())
            }
            Ok(request) => self.begin(request),
            Err(error) => Err(Refusal::new(kind::BAD_REQUEST, error).into()),
        }
    }

    fn begin(&mut self, request: Request) -> Result<(), Failure> {
        if let Some(last) = self.running.take() {
            last.wait()?; // it has ended, but perhaps not yet said so
        }
        self.say(&request);
        match request {
            Request::Run(command) => self.run(&command),
            Request::File(request) => self.transfer(request),
            Request::Who => {
                let users = fitting("users", self.server.users.list());
                Ok(self.outgoing.send(Kind::Message, &users)?)
            }
            Request::Interrupt => Ok(()),
        }
    }

    /// Starts a command; the rest of its answer comes by itself.
    fn run(&mut self, command: &str) -> Result<(), Failure> {
        let busy = self.place.busy("run");
        let (server, who) = (Arc::clone(&self.server), self.who.clone());
        let at_end = move |end| {
            drop(busy);
            server.log.say(format_args!("{who} run: {end}"));
        };
        let outgoing = Arc::clone(&self.outgoing);
        let running = Running::start(command, self.server.timeout, outgoing, at_end);
        self.running = Some(running.map_err(|error| Refusal::new(kind::IO, error))?);
        Ok(())
    }

    pub(crate) fn say(&self, what: impl std::fmt::Display) {
        self.server.log.say(format_args!("{} {what}", self.who));
    }
}

/// A record that has no business where it came.
pub fn unexpected(kind: Kind) -> io::Error {
    invalid(format!("a record of kind {kind:?} came out of turn"))
}
