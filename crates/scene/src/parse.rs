//! The text of a scene, taken apart; a mistake in it gets line and column.

use std::collections::BTreeMap;
use std::fmt;

use crate::pattern::Pattern;

/// A scene: what happens in several terminals, step by step.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What it is about, for its heading.
    pub title: Text,
    /// What must be so on the machine; otherwise the scene is skipped.
    pub needs: Vec<Need>,
    /// `show NAME VALUE`: what the books print for `{NAME}`.
    pub shown: BTreeMap<String, String>,
    /// `within SECONDS`: the player may not pause for longer.
    pub within: Option<u64>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// The same sentence in both languages of the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

/// A condition of a scene: `needs WORDS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// `linux`: it shows what holds on Linux only.
    Linux,
    /// `unix`: it uses Ctrl-C or a Unix system's words.
    Unix,
    /// `unprivileged`: nobody in it may be root, and ports below 1024 are root's. If
    /// the player is root, the programs run as user 65534 (`nobody`).
    Unprivileged,
    /// `program NAME`: it must be found in `PATH`.
    Program(String),
}

/// One line of a scene.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// What it says.
    pub kind: Kind,
}

/// What a line of a scene says.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `.en` and `.zh`: a stage direction.
    Note(Text),
    /// `NAME$ COMMAND`: starts a program in a terminal.
    Run(String, Pattern),
    /// `NAME> TEXT`: types a line.
    Type(String, Pattern),
    /// `NAME| TEXT` and `NAME! TEXT`: prints a line on stdout or stderr.
    Print(String, Stream, Pattern),
    /// `NAME: ACTION`.
    Act(String, Action),
}

/// Where a line is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    /// stderr for stdout, and the other way round.
    pub fn other(self) -> Stream {
        match self {
            Stream::Out => Stream::Err,
            Stream::Err => Stream::Out,
        }
    }

    /// The sign that stands for it in the text of a scene.
    pub fn sign(self) -> char {
        match self {
            Stream::Out => '|',
            Stream::Err => '!',
        }
    }
}

/// What happens to a terminal's program without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `silent`: it runs, waits, and prints nothing.
    Silent,
    /// `eof`: the end of its input (Ctrl-D).
    Eof,
    /// `ctrl-c`: SIGINT, to everything that the terminal started.
    CtrlC,
    /// `kill`: `kill -9`; the scene goes on when it is dead.
    Kill,
    /// `exit N`: ends with this status; 128 + N if signal N ended it, as shells say.
    Exit(i32),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Silent => write!(f, "silent"),
            Action::Eof => write!(f, "eof"),
            Action::CtrlC => write!(f, "ctrl-c"),
            Action::Kill => write!(f, "kill"),
            Action::Exit(status) => write!(f, "exit {status}"),
        }
    }
}

impl Step {
    /// The terminal that this line is about; a stage direction has none.
    pub fn terminal(&self) -> Option<&str> {
        match &self.kind {
            Kind::Note(_) => None,
            Kind::Run(name, _)
            | Kind::Type(name, _)
            | Kind::Print(name, ..)
            | Kind::Act(name, _) => Some(name),
        }
    }

    /// True for what somebody does, as against what comes of it.
    pub fn is_cause(&self) -> bool {
        match &self.kind {
            Kind::Run(..) | Kind::Type(..) => true,
            Kind::Act(_, action) => {
                matches!(action, Action::Eof | Action::CtrlC | Action::Kill)
            }
            Kind::Note(_) | Kind::Print(..) => false,
        }
    }
}

impl Scene {
    /// The terminals in the order in which they first appear.
    pub fn terminals(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in self.steps.iter().filter_map(Step::terminal) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// A mistake in the text of a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What was found, and what was expected.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.text)
    }
}

/// Takes the text of a scene apart.
///
/// # Errors
///
/// The first mistake, with its place.
pub fn parse(source: &str) -> Result<Scene, Mistake> {
    let mut head = Head::default();
    let mut steps = Vec::new();
    let mut note_en: Option<(usize, String)> = None;
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    for (index, text) in source.lines().enumerate() {
        let line = index + 1;
        let at = |column: usize, text: String| Mistake { line, column, text };
        if let (Some((from, _)), false) = (&note_en, text.starts_with(".zh ")) {
            let text = format!(
                "expected the .zh of line {from}: a stage direction has both languages"
            );
            return Err(at(1, text));
        }
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(english) = text.strip_prefix(".en ") {
            note_en = Some((line, english.to_string()));
        } else if let Some(chinese) = text.strip_prefix(".zh ") {
            let (line, en) = note_en
                .take()
                .ok_or_else(|| at(1, "expected the .en first".into()))?;
            let zh = chinese.to_string();
            steps.push(Step { line, kind: Kind::Note(Text { en, zh }) });
        } else if !(steps.is_empty()
            && head.take(text).map_err(|(c, t)| at(c, t))?)
        {
            let kind = step(text).map_err(|(column, text)| at(column, text))?;
            check_order(&steps, &kind).map_err(|text| at(1, text))?;
            steps.push(Step { line, kind });
        }
    }
    let end =
        Mistake { line: source.lines().count() + 1, column: 1, text: String::new() };
    if let Some((line, _)) = note_en {
        let text =
            "expected a .zh after it: a stage direction has both languages".into();
        return Err(Mistake { line, column: 1, text });
    }
    let (Some(en), Some(zh)) = (head.en, head.zh) else {
        let text =
            "no title, expected the lines `title.en TEXT` and `title.zh TEXT`"
                .into();
        return Err(Mistake { line: 1, text, ..end });
    };
    if steps.is_empty() {
        let text =
            "the scene ends before anything happens, expected `NAME$ COMMAND`"
                .into();
        return Err(Mistake { text, ..end });
    }
    let Head { needs, shown, within, .. } = head;
    Ok(Scene { title: Text { en, zh }, needs, shown, within, steps })
}

/// A mistake within a line: column from 1, and the text.
type InLine = (usize, String);

#[derive(Default)]
struct Head {
    en: Option<String>,
    zh: Option<String>,
    needs: Vec<Need>,
    shown: BTreeMap<String, String>,
    within: Option<u64>,
}

impl Head {
    /// Takes a line of the head; false if it is none.
    fn take(&mut self, text: &str) -> Result<bool, InLine> {
        let (word, value) = text.split_once(' ').unwrap_or((text, ""));
        let column = word.chars().count() + 2;
        if !["title.en", "title.zh", "needs", "within", "show"].contains(&word) {
            return Ok(false);
        }
        let value = value.trim_end();
        let given_twice = match word {
            "title.en" => self.en.is_some(),
            "title.zh" => self.zh.is_some(),
            _ => false,
        };
        if given_twice {
            return Err((1, format!("a second {word}, expected one")));
        }
        if value.is_empty() {
            return Err((
                column,
                format!("nothing after {word}, expected its value"),
            ));
        }
        match word {
            "title.en" => self.en = Some(value.to_string()),
            "title.zh" => self.zh = Some(value.to_string()),
            "needs" => self.needs.push(match value {
                "linux" => Need::Linux,
                "unix" => Need::Unix,
                "unprivileged" => Need::Unprivileged,
                other => match other.strip_prefix("program ") {
                    Some(program) => Need::Program(program.to_string()),
                    None => {
                        let text = format!(
                            "{other:?} is no need, expected linux, unix, unprivileged \
                             or program NAME"
                        );
                        return Err((column, text));
                    }
                },
            }),
            "within" => {
                let seconds = value.parse().map_err(|_| {
                    (column, format!("{value:?} is no number, expected seconds"))
                })?;
                self.within = Some(seconds);
            }
            _ => match value.split_once(' ') {
                Some((name, value)) => {
                    self.shown.insert(name.to_string(), value.to_string());
                }
                None => return Err((column, "expected `show NAME VALUE`".into())),
            },
        }
        Ok(true)
    }
}

fn step(text: &str) -> Result<Kind, InLine> {
    let length = text
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        .unwrap_or(text.len());
    let name = text[..length].to_string();
    if name.is_empty() {
        let text =
            "expected a terminal's name (a-z, 0-9, -) and one of $ > | ! :".into();
        return Err((1, text));
    }
    // The signs may be aligned with blanks in front of them.
    let rest = text[length..].trim_start_matches(' ');
    let column = text.len() - rest.len() + 1;
    let Some(sign) = rest.chars().next().filter(|sign| "$>|!:".contains(*sign))
    else {
        let text =
            format!("expected one of $ > | ! : after the terminal's name {name:?}");
        return Err((column, text));
    };
    let value = match &rest[1..] {
        "" => "",
        value => value.strip_prefix(' ').ok_or_else(|| {
            (column + 1, format!("expected one blank after {sign}"))
        })?,
    };
    let pattern = || {
        Pattern::parse(value).map_err(|(offset, text)| (column + 2 + offset, text))
    };
    Ok(match sign {
        '$' if value.trim().is_empty() => {
            return Err((column + 1, "expected a command".into()));
        }
        '$' if shlex::split(value).is_none() => {
            return Err((column + 2, "a quote in the command is not closed".into()));
        }
        '$' if value.contains("{_}") || value.contains("{ }") => {
            return Err((column + 2, "a command cannot have {_} or { } in it".into()));
        }
        '$' => Kind::Run(name, pattern()?),
        '>' => Kind::Type(name, pattern()?),
        '|' => Kind::Print(name, Stream::Out, pattern()?),
        '!' => Kind::Print(name, Stream::Err, pattern()?),
        _ => Kind::Act(name, action(value).ok_or_else(|| {
            let text = format!(
                "{value:?} is no action, expected silent, eof, ctrl-c, kill or exit N"
            );
            (column + 2, text)
        })?),
    })
}

fn action(value: &str) -> Option<Action> {
    Some(match value {
        "silent" => Action::Silent,
        "eof" => Action::Eof,
        "ctrl-c" => Action::CtrlC,
        "kill" => Action::Kill,
        _ => Action::Exit(value.strip_prefix("exit ")?.parse().ok()?),
    })
}

/// A terminal's program must have been started before anything else is said of it.
fn check_order(steps: &[Step], kind: &Kind) -> Result<(), String> {
    let step = Step { line: 0, kind: kind.clone() };
    let Some(name) = step.terminal() else {
        return Ok(());
    };
    let last = steps.iter().rev().find(|step| {
        step.terminal() == Some(name)
            && matches!(
                step.kind,
                Kind::Run(..) | Kind::Act(_, Action::Exit(_) | Action::Kill)
            )
    });
    let runs = last.is_some_and(|step| matches!(step.kind, Kind::Run(..)));
    match (kind, runs) {
        (Kind::Run(..), true) => Err(format!(
            "{name}'s program has not ended, expected `{name}: exit N` or `{name}: kill` first"
        )),
        (Kind::Run(..), false) | (_, true) => Ok(()),
        (_, false) => Err(format!(
            "no program runs in {name}, expected `{name}$ COMMAND` first"
        )),
    }
}
