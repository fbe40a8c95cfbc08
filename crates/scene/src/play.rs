//! Plays a scene with the real programs and compares what they print.
//!
//! Only causal order is asserted: each stream's lines in order and complete; between
//! terminals, that all which a cause brings about has happened before the next cause.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Played};
use crate::parse::{Action, Kind, Need, Scene, Step, Stream};
use crate::pattern::{Names, Pattern};
use crate::process::{Heard, Program, ProgramId};
use crate::rest;
use crate::stage::{self, Port, PublicCopy};

/// How long a line, an end or a rest is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// So many lines are kept until we listen; then a program has to wait.
const MAX_HEARD: usize = 1000;

/// More lines than this that no one expects are not worth waiting for.
const MAX_UNREAD: usize = 10_000;

/// What the audience is told.
#[derive(Debug)]
pub enum Moment<'a> {
    /// A cause is about to happen; `Break` ends the play.
    Before(&'a Step, &'a str),
    /// A step has happened, with its text as it really was.
    After(&'a Step, &'a str),
}

/// Whoever watches a play.
pub type Audience<'a> = &'a mut dyn FnMut(Moment<'_>) -> ControlFlow<()>;

/// Plays a scene from beginning to end, in front of an audience.
///
/// # Errors
///
/// The first thing that is not as the scene says it.
pub fn play(scene: &Scene, audience: Audience) -> Played<()> {
    play_within(scene, PATIENCE, audience)
}

/// [`play`], with another patience.
///
/// # Errors
///
/// As `play`.
pub fn play_within(
    scene: &Scene,
    patience: Duration,
    audience: Audience,
) -> Played<()> {
    let mut play = Play::new(scene, patience);
    for step in &scene.steps {
        if step.is_cause() {
            play.nothing_is_left_unsaid(step.line)?;
            let text = play.text_of(step);
            if audience(Moment::Before(step, &text)).is_break() {
                return Ok(());
            }
        }
        let text = play.perform(step)?;
        if audience(Moment::After(step, &text)).is_break() {
            return Ok(());
        }
    }
    let last = scene.steps.last().map_or(0, |step| step.line);
    play.nothing_is_left_unsaid(last)
}

/// A scene that is being played.
#[derive(Debug)]
pub struct Play {
    names: Names,
    ports: Vec<Port>,
    unprivileged: bool,
    patience: Duration,
    terminals: BTreeMap<String, Terminal>,
    started: ProgramId,
    speaker: SyncSender<Heard>,
    ear: Receiver<Heard>,
    transcript: Vec<Entry>,
}

#[derive(Debug)]
struct Terminal {
    id: ProgramId,
    program: Program,
    _copy: Option<PublicCopy>,
    unread: BTreeMap<Stream, VecDeque<String>>,
    /// How many of its streams have ended.
    ended_streams: usize,
    exit_status: Option<i32>,
    exit_was_said: bool,
}

impl Terminal {
    fn has_ended(&self) -> bool {
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
    /// An empty stage.
    pub fn new(scene: &Scene, patience: Duration) -> Self {
        let (speaker, ear) = mpsc::sync_channel(MAX_HEARD);
        Play {
            names: Names::new(),
            ports: Vec::new(),
            unprivileged: scene.needs.contains(&Need::Unprivileged),
            patience,
            terminals: BTreeMap::new(),
            started: 0,
            speaker,
            ear,
            transcript: Vec::new(),
        }
    }

    /// The values of the names so far; a bless gives new ones.
    pub fn names_mut(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Does what a step says, or waits until it has happened. Returns its text as it
    /// really was.
    ///
    /// # Errors
    ///
    /// It could not be done, or something else happened.
    pub fn perform(&mut self, step: &Step) -> Played<String> {
        match &step.kind {
            Kind::Note(_) => {}
            Kind::Run(terminal, command) => {
                self.run(step.line, terminal, command)?
            }
            Kind::Type(terminal, text) => {
                self.type_line(step.line, terminal, text)?
            }
            Kind::Print(terminal, stream, text) => {
                return self.hear(step.line, terminal, *stream, text);
            }
            Kind::Act(terminal, action) => self.act(step.line, terminal, *action)?,
        }
        Ok(self.text_of(step))
    }

    /// The text of a step with the names' values in it.
    pub fn text_of(&mut self, step: &Step) -> String {
        match &step.kind {
            Kind::Note(text) => text.en.clone(),
            Kind::Run(_, pattern) => {
                self.reserve_ports(pattern);
                pattern.fill(&self.names)
            }
            Kind::Type(_, pattern) | Kind::Print(_, _, pattern) => {
                pattern.fill(&self.names)
            }
            Kind::Act(_, action) => action.to_string(),
        }
    }

    /// A name that first stands in a command is a free port of the play's own.
    fn reserve_ports(&mut self, command: &Pattern) {
        for name in command.names() {
            if !self.names.contains_key(name)
                && let Ok(port) = Port::reserve()
            {
                self.names.insert(name.to_string(), port.number.to_string());
                self.ports.push(port);
            }
        }
    }

    fn run(&mut self, line: usize, name: &str, command: &Pattern) -> Played<()> {
        self.reserve_ports(command);
        let text = command.fill(&self.names);
        self.note(name, '$', &text);
        let words = shlex::split(&text).unwrap_or_default();
        self.started += 1;
        let id = self.started;
        let started =
            stage::command(&words, self.unprivileged).and_then(|(command, copy)| {
                Ok((Program::start(id, command, &self.speaker)?, copy))
            });
        let (program, _copy) = started.map_err(|error| {
            let program = words.first().map_or("", String::as_str);
            self.failure(line, format!("{name}: cannot start {program:?}: {error}"))
        })?;
        let unread =
            [(Stream::Out, VecDeque::new()), (Stream::Err, VecDeque::new())];
        let terminal = Terminal {
            id,
            program,
            _copy,
            unread: unread.into(),
            ended_streams: 0,
            exit_status: None,
            exit_was_said: false,
        };
        self.terminals.insert(name.to_string(), terminal);
        Ok(())
    }

    fn type_line(&mut self, line: usize, name: &str, text: &Pattern) -> Played<()> {
        let text = text.fill(&self.names);
        self.note(name, '>', &text);
        let typed = self.terminal(line, name)?.program.type_line(&text);
        typed.map_err(|error| {
            self.failure(line, format!("{name} cannot type: {error}"))
        })
    }

    fn hear(
        &mut self,
        line: usize,
        name: &str,
        stream: Stream,
        expected: &Pattern,
    ) -> Played<String> {
        let deadline = Instant::now() + self.patience;
        let heard = loop {
            let terminal = self.terminal(line, name)?;
            if let Some(heard) =
                terminal.unread.get_mut(&stream).and_then(VecDeque::pop_front)
            {
                break heard;
            }
            if terminal.has_ended() || Instant::now() >= deadline {
                let why = match terminal.exit_status {
                    Some(status) => format!("it ended with exit status {status}"),
                    None => format!("it printed nothing for {:?}", self.patience),
                };
                let text = format!("{name} did not print a line: {why}");
                let expected = expected.fill(&self.names);
                return Err(self.failure(line, text).expected(stream, expected));
            }
            self.listen(line)?;
        };
        expected.matches(&heard, &mut self.names).map_err(|offset| {
            let text = format!("{name} printed another line");
            let expected = expected.fill(&self.names);
            self.failure(line, text)
                .expected(stream, expected)
                .printed(heard.clone(), offset)
        })?;
        Ok(heard)
    }

    fn act(&mut self, line: usize, name: &str, action: Action) -> Played<()> {
        match action {
            Action::Silent => return self.is_silent(line, name),
            Action::Exit(status) => return self.exits(line, name, status),
            Action::Eof | Action::CtrlC | Action::Kill => {}
        }
        self.note(name, ':', &action.to_string());
        let program = &mut self.terminal(line, name)?.program;
        let done = match action {
            Action::Eof => {
                program.end_input();
                Ok(())
            }
            Action::CtrlC => program.interrupt(),
            _ => program.kill(),
        };
        done.map_err(|error| {
            self.failure(line, format!("{name}: {action}: {error}"))
        })?;
        if action == Action::Kill {
            self.wait_for_end(line, name)?;
            self.terminal(line, name)?.exit_was_said = true;
        }
        Ok(())
    }

    fn is_silent(&mut self, line: usize, name: &str) -> Played<()> {
        self.come_to_rest(line)?;
        let terminal = self.terminal(line, name)?;
        if let Some(status) = terminal.exit_status {
            let text =
                format!("{name} is not waiting: it ended with exit status {status}");
            return Err(self.failure(line, text));
        }
        self.has_read_all(line, name)
    }

    fn exits(&mut self, line: usize, name: &str, expected: i32) -> Played<()> {
        self.wait_for_end(line, name)?;
        self.has_read_all(line, name)?;
        let terminal = self.terminal(line, name)?;
        terminal.exit_was_said = true;
        match terminal.exit_status {
            Some(status) if status != expected => {
                let text = format!(
                    "{name} ended with exit status {status}, expected {expected}"
                );
                Err(self.failure(line, text))
            }
            _ => Ok(()),
        }
    }

    fn wait_for_end(&mut self, line: usize, name: &str) -> Played<()> {
        let deadline = Instant::now() + self.patience;
        while !self.terminal(line, name)?.has_ended() {
            if Instant::now() >= deadline {
                let text = match self.terminal(line, name)?.exit_status {
                    None => format!("{name} did not end within {:?}", self.patience),
                    Some(_) => {
                        format!("{name} ended, but something it started goes on")
                    }
                };
                return Err(self.failure(line, text));
            }
            self.listen(line)?;
        }
        Ok(())
    }

    /// Waits until all is at rest; then whatever was printed, and each end, must have
    /// been said by the scene.
    ///
    /// # Errors
    ///
    /// A line or an end that the scene does not have.
    pub fn nothing_is_left_unsaid(&mut self, line: usize) -> Played<()> {
        self.come_to_rest(line)?;
        let names: Vec<String> = self.terminals.keys().cloned().collect();
        for name in names {
            self.has_read_all(line, &name)?;
            let terminal = self.terminal(line, &name)?;
            if let (Some(status), false) =
                (terminal.exit_status, terminal.exit_was_said)
            {
                let text = format!(
                    "{name} has ended, and the scene does not say so, expected \
                     `{name}: exit {status}`"
                );
                return Err(self.failure(line, text));
            }
        }
        Ok(())
    }

    fn has_read_all(&mut self, line: usize, name: &str) -> Played<()> {
        let terminal = self.terminal(line, name)?;
        let unread = terminal
            .unread
            .iter_mut()
            .find_map(|(stream, lines)| Some((*stream, lines.pop_front()?)));
        match unread {
            None => Ok(()),
            Some((stream, text)) => {
                let what = format!(
                    "{name} printed a line that the scene does not have here"
                );
                Err(self.failure(line, what).extra(stream, text))
            }
        }
    }

    /// Waits until every program of the play is blocked and silent.
    ///
    /// # Errors
    ///
    /// They are still busy when patience ends.
    pub fn come_to_rest(&mut self, line: usize) -> Played<()> {
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
            let programs =
                self.terminals.values().filter(|t| t.exit_status.is_none());
            let tasks: Vec<_> = programs.flat_map(|t| t.program.tasks()).collect();
            let now = rest::look(&tasks);
            let same = !heard && now.is_some() && now == last;
            looks = if same { looks + 1 } else { 0 };
            last = now;
        }
        Ok(())
    }

    /// Listens for a moment. True if something happened.
    fn listen(&mut self, line: usize) -> Played<bool> {
        let mut happened = false;
        let first = self.ear.recv_timeout(rest::PAUSE).ok();
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
                let sign = if heard.stream == Stream::Out { '|' } else { '!' };
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

    fn note(&mut self, terminal: &str, sign: char, text: &str) {
        let (terminal, text) = (terminal.to_string(), text.to_string());
        self.transcript.push(Entry { terminal, sign, text });
    }

    fn terminal(&mut self, line: usize, name: &str) -> Played<&mut Terminal> {
        // Not `ok_or_else`: the borrow would last into the error.
        if !self.terminals.contains_key(name) {
            return Err(self.failure(line, format!("no program runs in {name}")));
        }
        self.terminals.get_mut(name).ok_or_else(|| Failure::new(line, String::new()))
    }

    fn failure(&self, line: usize, text: String) -> Box<Failure> {
        Failure::new(line, text).after(&self.transcript)
    }

    /// What a bless needs: waits for as many lines as `expected` says, and returns all
    /// that was printed and all ends that have not been said, by terminal.
    ///
    /// # Errors
    ///
    /// The programs never come to rest.
    pub fn collect(&mut self, expected: &[&Step]) -> Played<Vec<Entry>> {
        let deadline = Instant::now() + self.patience;
        let complete = |play: &Play| {
            play.terminals.iter().all(|(name, terminal)| {
                let wanted = |stream| {
                    let same = |step: &&&Step| matches!(&step.kind, Kind::Print(n, s, _) if n == name && *s == stream);
                    expected.iter().filter(same).count()
                };
                let ends = expected.iter().any(
                    |step| matches!(&step.kind, Kind::Act(n, Action::Exit(_)) if n == name),
                );
                let enough = |(stream, lines): (&Stream, &VecDeque<String>)| {
                    lines.len() >= wanted(*stream)
                };
                terminal.has_ended() || (!ends && terminal.unread.iter().all(enough))
            })
        };
        while !complete(self) && Instant::now() < deadline {
            self.listen(0)?;
        }
        self.come_to_rest(0)?;
        let mut entries = Vec::new();
        for (name, terminal) in &mut self.terminals {
            let mut add = |sign: char, text: String| {
                entries.push(Entry { terminal: name.clone(), sign, text });
            };
            for (stream, lines) in &mut terminal.unread {
                let sign = if *stream == Stream::Out { '|' } else { '!' };
                lines.drain(..).for_each(|line| add(sign, line));
            }
            if let (Some(status), false) =
                (terminal.exit_status, terminal.exit_was_said)
            {
                terminal.exit_was_said = true;
                add(':', Action::Exit(status).to_string());
            }
        }
        Ok(entries)
    }
}
