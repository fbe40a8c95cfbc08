//! Rewrites what a scene expects, from what its programs really print.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::failure::Played;
use crate::listen::{Entry, Terminal};
use crate::parse::{Action, Kind, Scene, Step};
use crate::pattern::Names;
use crate::play::Play;

/// A line that does not come is given up after this long.
const PATIENCE: Duration = Duration::from_secs(3);

/// Plays `scene`, whose text is `source`, and returns the text with the printed lines
/// and the ends as they really were. Lines that match stay as they are written, holes
/// and all; in new ones the values of known names are put back as `{name}`.
///
/// # Errors
///
/// The play cannot go on: a program cannot be started, or typed into, or never rests.
pub fn bless(scene: &Scene, source: &str) -> Played<String> {
    let mut play = Play::new(scene, PATIENCE);
    let lines: Vec<&str> = source.lines().collect();
    let is_cause = |step: &&Step| step.is_cause();
    let first =
        scene.steps.iter().find(is_cause).map_or(lines.len(), |s| s.line - 1);
    let mut blessed = String::new();
    lines[..first].iter().for_each(|line| push(&mut blessed, line));
    let mut causes = scene.steps.iter().filter(is_cause).peekable();
    while let Some(cause) = causes.next() {
        let end = causes.peek().map_or(lines.len(), |next| next.line - 1);
        let effects: Vec<&Step> = scene
            .steps
            .iter()
            .filter(|step| cause.line < step.line && step.line <= end)
            .collect();
        play.perform(cause)?;
        let heard = play.collect(&effects)?;
        push(&mut blessed, lines[cause.line - 1]);
        let part =
            Part { lines: &lines[cause.line..end], from: cause.line + 1, effects };
        part.bless(heard, &mut play.names, &mut blessed);
    }
    Ok(blessed)
}

impl Play {
    /// Waits for as much as `effects` says, and returns all that was printed and all
    /// ends that have not been said.
    fn collect(&mut self, effects: &[&Step]) -> Played<Vec<Entry>> {
        let deadline = Instant::now() + PATIENCE;
        while !self.has_heard_as_much_as(effects) && Instant::now() < deadline {
            self.listen(0)?;
        }
        self.come_to_rest(0)?;
        let terminals = self.terminals.iter_mut();
        Ok(terminals
            .flat_map(|(name, terminal)| terminal.take_unsaid(name))
            .collect())
    }

    fn has_heard_as_much_as(&self, effects: &[&Step]) -> bool {
        self.terminals.iter().all(|(name, terminal)| {
            let count = |wanted: &dyn Fn(&Kind) -> bool| {
                let ours = |step: &&&Step| step.terminal() == Some(name);
                effects.iter().filter(ours).filter(|step| wanted(&step.kind)).count()
            };
            let ends =
                count(&|kind| matches!(kind, Kind::Act(_, Action::Exit(_)))) > 0;
            let has_all = terminal.unread.iter().all(|(stream, lines)| {
                lines.len()
                    >= count(&|k| matches!(k, Kind::Print(_, s, _) if s == stream))
            });
            terminal.has_ended() || (has_all && !ends)
        })
    }
}

impl Terminal {
    fn take_unsaid(&mut self, name: &str) -> Vec<Entry> {
        let entry =
            |sign: char, text: String| Entry { terminal: name.into(), sign, text };
        let lines = self.unread.iter_mut().flat_map(|(stream, lines)| {
            lines.drain(..).map(|line| entry(stream.sign(), line))
        });
        let mut unsaid: Vec<_> = lines.collect();
        if let (Some(status), false) = (self.exit_status, self.exit_was_said) {
            self.exit_was_said = true;
            unsaid.push(entry(':', Action::Exit(status).to_string()));
        }
        unsaid
    }
}

/// The lines behind a cause, up to the next.
struct Part<'a> {
    lines: &'a [&'a str],
    /// The number of the first of them.
    from: usize,
    effects: Vec<&'a Step>,
}

impl Part<'_> {
    fn bless(&self, mut heard: Vec<Entry>, names: &mut Names, blessed: &mut String) {
        let mut kept = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let number = self.from + index;
            let step = self.effects.iter().find(|step| step.line == number);
            kept.extend(match step.map(|step| &step.kind) {
                Some(Kind::Print(name, stream, pattern)) => {
                    let sign = stream.sign();
                    take(&mut heard, name, sign).map(|text| {
                        match pattern.matches(&text, names) {
                            Ok(()) => line.to_string(),
                            Err(_) => {
                                format!("{name}{sign} {}", unfill(&text, names))
                            }
                        }
                    })
                }
                Some(Kind::Act(name, Action::Exit(_))) => {
                    take(&mut heard, name, ':').map(|text| format!("{name}: {text}"))
                }
                _ => Some(line.to_string()),
            });
        }
        // What is new goes behind the last line that says something.
        let last = kept.iter().rposition(|line| !line.is_empty() && !is_aside(line));
        let rest = kept.split_off(last.map_or(0, |at| at + 1));
        kept.extend(heard.iter().map(|entry| {
            format!(
                "{}{} {}",
                entry.terminal,
                entry.sign,
                unfill(&entry.text, names)
            )
        }));
        kept.iter().chain(&rest).for_each(|line| push(blessed, line));
    }
}

fn is_aside(line: &str) -> bool {
    line.starts_with('#') || line.starts_with(".en ") || line.starts_with(".zh ")
}

fn take(heard: &mut Vec<Entry>, terminal: &str, sign: char) -> Option<String> {
    let at = heard.iter().position(|e| e.terminal == terminal && e.sign == sign)?;
    Some(heard.remove(at).text)
}

/// The text as a pattern that matches it.
fn unfill(text: &str, names: &Names) -> String {
    let mut pattern = text.replace('{', "{{");
    for (name, value) in names.iter().filter(|(_, value)| value.len() >= 4) {
        pattern = pattern.replace(value.as_str(), &format!("{{{name}}}"));
    }
    pattern
}

fn push(text: &mut String, line: &str) {
    let _ = writeln!(text, "{line}"); // a String can always be written to
}
