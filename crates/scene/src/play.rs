//! Plays a scene with the real programs and compares what they print.
//!
//! Only causal order is asserted: each stream's lines in order and complete; between
//! terminals, that all which a cause brings about has happened before the next cause.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use crate::Temp;
use crate::failure::Played;
use crate::listen::{Entry, Terminal};
use crate::parse::{Action, Kind, Need, Scene, Step, Stream};
use crate::pattern::{Names, Pattern};
use crate::process::{Heard, Program, ProgramId};
use crate::stage::{self, Port};

/// How long a line, an end or a rest is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// So many lines are kept until we listen; then a program has to wait.
pub(crate) const MAX_HEARD: usize = 100;

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
            if let Kind::Run(_, command) = &step.kind {
                play.reserve_ports(step.line, command)?; // the audience is told them
            }
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
    pub(crate) names: Names,
    pub(crate) unprivileged: bool,
    pub(crate) patience: Duration,
    pub(crate) terminals: BTreeMap<String, Terminal>,
    pub(crate) started: ProgramId,
    pub(crate) speaker: SyncSender<Heard>,
    pub(crate) ear: Receiver<Heard>,
    pub(crate) transcript: Vec<Entry>,
    /// Last, so that the programs have ended before others may have their ports.
    pub(crate) ports: Vec<Port>,
    /// Where the programs run; made when the first one starts.
    pub(crate) folder: Option<Temp>,
}

impl Play {
    /// An empty stage.
    pub fn new(scene: &Scene, patience: Duration) -> Self {
        let (speaker, ear) = mpsc::sync_channel(MAX_HEARD);
        Play {
            names: Names::new(),
            ports: Vec::new(),
            folder: None,
            unprivileged: scene.needs.contains(&Need::Unprivileged),
            patience,
            terminals: BTreeMap::new(),
            started: 0,
            speaker,
            ear,
            transcript: Vec::new(),
        }
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
    pub fn text_of(&self, step: &Step) -> String {
        match &step.kind {
            Kind::Note(text) => text.en.clone(),
            Kind::Run(_, text) | Kind::Type(_, text) | Kind::Print(_, _, text) => {
                text.fill(&self.names)
            }
            Kind::Act(_, action) => action.to_string(),
        }
    }

    /// A name that first stands in a command is a free port of the play's own.
    fn reserve_ports(&mut self, line: usize, command: &Pattern) -> Played<()> {
        for name in command.names() {
            if !self.names.contains_key(name) {
                let port = Port::reserve().map_err(|error| {
                    self.failure(line, format!("no port for {{{name}}}: {error}"))
                })?;
                self.names.insert(name.to_string(), port.number.to_string());
                self.ports.push(port);
            }
        }
        Ok(())
    }

    fn run(&mut self, line: usize, name: &str, command: &Pattern) -> Played<()> {
        self.reserve_ports(line, command)?;
        let text = command.fill(&self.names);
        self.note(name, '$', &text);
        let words = shlex::split(&text).unwrap_or_default();
        self.started += 1;
        let id = self.started;
        let started = self.start(id, &words);
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

    fn start(
        &mut self,
        id: ProgramId,
        words: &[String],
    ) -> io::Result<(Program, Option<Temp>)> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => Temp::try_new()?,
        };
        let here = &self.folder.insert(folder).0;
        let (mut command, copy) = stage::command(words, self.unprivileged)?;
        if copy.is_none() {
            command.current_dir(here); // a stranger to the folder runs elsewhere
        }
        Ok((Program::start(id, command, &self.speaker)?, copy))
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
        let patience = self.patience;
        let deadline = Instant::now() + patience;
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
                    None => format!("it printed nothing there for {patience:?}"),
                };
                let elsewhere = terminal.unread.values().flatten().next().cloned();
                let text = format!("{name} did not print a line: {why}");
                let expected = expected.fill(&self.names);
                let failure = self.failure(line, text).expected(stream, expected);
                return Err(match elsewhere {
                    Some(text) => failure.extra(stream.other(), text),
                    None => failure,
                });
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
}
