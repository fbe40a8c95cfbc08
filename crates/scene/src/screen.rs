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
    /// May be coloured: a terminal, and no `NO_COLOR` (<https://no-color.org>).
    pub colour: bool,
}

impl Screen {
    /// Standard output.
    pub fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let no_colour =
            env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Screen {
            width: if is_terminal { terminal_width().unwrap_or(80) } else { 80 },
            is_terminal,
            colour: is_terminal && !no_colour && !dumb,
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

/// Breaks text into lines of at most `width` columns, between words where it can;
/// lines after the first begin with `indent` blanks.
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for char in text.chars() {
        let too_wide = line.width() + char.width().unwrap_or(0) > width;
        if too_wide && !line.trim().is_empty() {
            // Break at the last blank, unless that leaves the line half empty.
            let blank = line.rfind(' ').filter(|at| line[..*at].width() > width / 2);
            let rest = line.split_off(blank.map_or(line.len(), |at| at + 1));
            lines.push(std::mem::take(&mut line));
            line = " ".repeat(indent) + &rest;
        }
        line.push(char);
    }
    lines.push(line);
    lines
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
        assert_eq!(wrap("one two three", 8, 2), ["one two ", "  three"]);
        assert_eq!(wrap("abcdefghij", 4, 1), ["abcd", " efg", " hij"]);
        assert_eq!(wrap("你好世界", 5, 0), ["你好", "世界"]);
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
