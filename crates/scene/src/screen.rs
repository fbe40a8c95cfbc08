//! How wide the terminal is, and text that fits into it.

use std::env;
use std::io::{self, IsTerminal};
use std::process::{Command, Stdio};

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// What the output can show.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// In columns.
    pub width: usize,
    /// A terminal, not a pipe or a file.
    pub is_terminal: bool,
    /// A terminal that knows escape sequences (ECMA-48).
    pub moves: bool,
    /// May be coloured: such a terminal, and no `NO_COLOR` (<https://no-color.org>).
    pub colour: bool,
}

impl Screen {
    /// Standard output.
    pub fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let no_colour =
            env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let term = env::var_os("TERM").or_else(|| env::var_os("WT_SESSION"));
        let moves = is_terminal && term.is_some_and(|term| term != "dumb");
        Screen {
            width: if is_terminal { terminal_width().unwrap_or(80) } else { 80 },
            is_terminal,
            moves,
            colour: moves && !no_colour,
        }
    }

    /// The text between the SGR codes (ECMA-48), or as it is without colour.
    pub fn paint(self, codes: &str, text: &str) -> String {
        if self.colour && !codes.is_empty() {
            format!("\x1b[{codes}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }
}

/// Asks stty, which every Unix has: std cannot tell.
fn terminal_width() -> Option<usize> {
    let stty =
        Command::new("stty").arg("size").stdin(Stdio::inherit()).output().ok()?;
    let width = String::from_utf8(stty.stdout)
        .ok()?
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()?;
    (width >= 20).then_some(width)
}

/// Breaks text into lines of at most `width` columns: between words, and between
/// Chinese characters, but not in front of a mark that belongs to the one before. Lines
/// after the first begin with `indent` blanks.
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for char in text.chars() {
        let too_wide = |line: &str| line.width() + char.width().unwrap_or(0) > width;
        let at_end = too_wide(&line);
        while too_wide(&line) && !line.trim().is_empty() {
            let rest = line.split_off(break_in(&line, char, width));
            lines.push(std::mem::take(&mut line).trim_end().to_string());
            line = " ".repeat(indent) + &rest;
        }
        if !(char == ' ' && at_end) {
            line.push(char);
        }
    }
    lines.push(line);
    lines
}

/// Where to break a line that is full, if `next` were to come: the last good place,
/// unless that leaves the line half empty.
fn break_in(line: &str, next: char, width: usize) -> usize {
    const NOT_FIRST: &str = "，。：；？！、）》】”’…,.:;?!)";
    const NOT_LAST: &str = "（《【“‘(";
    let chars: Vec<(usize, char)> =
        line.char_indices().chain([(line.len(), next)]).collect();
    let good = |pair: &[(usize, char)]| {
        let [(_, before), (at, after)] = pair else { return None };
        let wide = before.width() == Some(2) || after.width() == Some(2);
        let between = *before == ' ' || *after == ' ' || wide;
        let kept = NOT_FIRST.contains(*after) || NOT_LAST.contains(*before);
        (between && !kept).then_some(*at)
    };
    chars
        .windows(2)
        .rev()
        .find_map(good)
        .filter(|at| {
            line[..*at].width() >= width / 2 && !line[..*at].trim().is_empty()
        })
        .unwrap_or(line.len())
}

/// The text with blanks behind it, up to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    text.to_string() + &" ".repeat(width.saturating_sub(text.width()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_breaks_between_words_and_counts_wide_characters_twice() {
        assert_eq!(wrap("one two three", 8, 2), ["one two", "  three"]);
        assert_eq!(wrap("abcdefghij", 4, 1), ["abcd", " efg", " hij"]);
        assert_eq!(wrap("你好世界", 5, 0), ["你好", "世界"]);
        assert_eq!(wrap("你好，世界", 4, 0), ["你", "好，", "世界"]);
        assert_eq!(wrap("看（一）", 4, 0), ["看", "（一", "）"]);
        assert_eq!(wrap("", 5, 0), [""]);
        assert_eq!(pad("你", 4), "你  ");
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        for width in 4..40 {
            let text = "cannot read: Connection reset by peer (os error 104), 然后";
            assert!(wrap(text, width, 2).iter().all(|line| line.width() <= width));
        }
    }
}
