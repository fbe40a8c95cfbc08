//! Listens to the programs of a play, and knows when they are at rest.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Instant;

use crate::Temp;
use crate::failure::{Failure, Played};
use crate::parse::Stream;
use crate::play::{MAX_HEARD, Play};
use crate::process::{Heard, Program, ProgramId};
use crate::rest;

/// More lines than this that no one expects are not worth waiting for.
const MAX_UNREAD: usize = 1000;

/// A terminal with the program that runs in it, or ran in it last.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) id: ProgramId,
    pub(crate) program: Program,
    pub(crate) _copy: Option<Temp>,
    pub(crate) unread: BTreeMap<Stream, VecDeque<String>>,
    /// How many of its streams have ended.
    pub(crate) ended_streams: usize,
    pub(crate) exit_status: Option<i32>,
    pub(crate) exit_was_said: bool,
}

impl Terminal {
    /// True if the program and all that it has started are silent for ever.
    pub(crate) fn has_ended(&self) -> bool {
        self.exit_status.is_some() && self.ended_streams == 2
    }
}

/// One line of what has happened so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The terminal.
    pub terminal: String,
    /// `$ > | ! :` as in the text of a scene.
    pub sign: char,
    /// What was typed or printed, or what happened.
    pub text: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}", self.terminal, self.sign, self.text)
    }
}

impl Play {
    /// Waits until every program of the play is blocked and silent.
    ///
    /// # Errors
    ///
    /// They are still busy when patience ends.
    pub(crate) fn come_to_rest(&mut self, line: usize) -> Played<()> {
        let deadline = Instant::now() + self.patience;
        let mut last = None;
        let mut looks = 0;
        while looks < rest::LOOKS {
            if Instant::now() >= deadline {
                let text = format!(
                    "the programs are still busy after {:?}; they should wait for \
                     something",
                    self.patience
                );
                return Err(self.failure(line, text));
            }
            let heard = self.listen(line)?;
            let programs = self.terminals.values().filter(|t| !t.has_ended());
            let tasks: Vec<_> = programs.flat_map(|t| t.program.tasks()).collect();
            let now = rest::look(&tasks);
            let same = !heard && now.is_some() && now == last;
            looks = if same { looks + 1 } else { 0 };
            last = now;
        }
        Ok(())
    }

    /// Listens for a moment. True if something happened.
    pub(crate) fn listen(&mut self, line: usize) -> Played<bool> {
        let mut happened = false;
        let first = self.ear.recv_timeout(rest::pause()).ok();
        let more: Vec<_> = self.ear.try_iter().take(MAX_HEARD).collect();
        for heard in first.into_iter().chain(more) {
            happened = true;
            self.take(heard);
        }
        for terminal in self.terminals.values_mut() {
            if terminal.exit_status.is_none() {
                terminal.exit_status =
                    terminal.program.exit_status().unwrap_or(None);
                happened |= terminal.exit_status.is_some();
            }
            if terminal.unread.values().any(|lines| lines.len() > MAX_UNREAD) {
                let text = "a program prints without end".to_string();
                return Err(self.failure(line, text));
            }
        }
        Ok(happened)
    }

    fn take(&mut self, heard: Heard) {
        let speaker = self.terminals.iter_mut().find(|(_, t)| t.id == heard.from);
        let Some((name, terminal)) = speaker else {
            return;
        };
        match heard.line {
            None => terminal.ended_streams += 1,
            Some(text) => {
                let sign = heard.stream.sign();
                let name = name.clone();
                terminal
                    .unread
                    .entry(heard.stream)
                    .or_default()
                    .push_back(text.clone());
                self.note(&name, sign, &text);
            }
        }
    }

    pub(crate) fn note(&mut self, terminal: &str, sign: char, text: &str) {
        let (terminal, text) = (terminal.to_string(), text.to_string());
        self.transcript.push(Entry { terminal, sign, text });
    }

    pub(crate) fn terminal(
        &mut self,
        line: usize,
        name: &str,
    ) -> Played<&mut Terminal> {
        // Not `ok_or_else`: the borrow would last into the error.
        if !self.terminals.contains_key(name) {
            return Err(self.failure(line, format!("no program runs in {name}")));
        }
        self.terminals.get_mut(name).ok_or_else(|| Failure::new(line, String::new()))
    }

    pub(crate) fn failure(&self, line: usize, text: String) -> Box<Failure> {
        Failure::new(line, text).after(&self.transcript)
    }
}
