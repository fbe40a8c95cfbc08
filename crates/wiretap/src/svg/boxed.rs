//! What stands in the box of a piece: its size, its text, the parts of its frames.

use unicode_width::UnicodeWidthStr;

use crate::event::Piece;
use crate::frames::{Kind, Part};
use crate::rows::{Layout, rows};
use crate::svg::pen::{Both, same};
use crate::svg::words;

/// How many columns fit into a box.
const COLUMNS: usize = 20;

/// A text has so many rows, at most.
const MAX_ROWS: usize = 4;

/// So many parts of frames are told apart in one piece, at most.
const MAX_PARTS: usize = 9;

/// A row: a name, and bytes as they are shown.
pub type Row = (Both, String);

/// The rows of a box, from above.
#[derive(Debug, Default)]
pub struct Rows(pub Vec<Row>);

impl Rows {
    /// The first `limit` bytes of a piece; in parts, if it has any. `missing` is how
    /// many bytes of a character the piece before has left for this one.
    pub fn new(
        piece: &Piece,
        limit: usize,
        parts: &[Part],
        missing: &mut usize,
    ) -> Self {
        let mut made = Rows::default();
        let bytes = &piece.bytes[..piece.bytes.len().min(limit)];
        if parts.iter().all(|part| part.kind == Kind::Unknown) {
            made.text(bytes, missing);
        } else {
            made.parts(parts, bytes, missing);
        }
        let more = piece.size - bytes.len().min(piece.size);
        if more > 0 {
            made.named(words::bytes_more(more));
        }
        made
    }

    /// A row that is only a name.
    pub fn named(&mut self, name: Both) {
        self.0.push((name, String::new()));
    }

    fn text(&mut self, bytes: &[u8], missing: &mut usize) {
        let lines = rows(bytes, Layout::text(COLUMNS), missing);
        let cut = lines.len() > MAX_ROWS;
        self.0.extend(lines.into_iter().take(MAX_ROWS).map(|line| (same(""), line)));
        if let (Some((_, last)), true) = (self.0.last_mut(), cut) {
            *last = format!("{}…", start_of(last, COLUMNS - 1));
        }
    }

    /// Each part's name, and its bytes beside it or below.
    fn parts(&mut self, parts: &[Part], bytes: &[u8], missing: &mut usize) {
        let mut at = 0;
        for part in parts.iter().take(MAX_PARTS) {
            let end = (at + part.size).min(bytes.len());
            let bytes = &bytes[at.min(end)..end];
            at += part.size;
            if matches!(part.kind, Kind::Length | Kind::Header) && part.starts {
                *missing = 0;
            }
            let name = words::part(part);
            let width = name.iter().map(|name| name.width()).max().unwrap_or(0);
            let place = self.0.len();
            match part.kind {
                Kind::Length => self.0.push((same(""), digits(bytes))),
                _ => self.text(bytes, missing),
            }
            match &self.0[place..] {
                [(_, line)] if width + line.width() <= COLUMNS => {
                    self.0[place].0 = name
                }
                _ => self.0.insert(place, (name, String::new())),
            }
        }
        if parts.len() > MAX_PARTS {
            self.named(words::parts_more(parts.len() - MAX_PARTS));
        }
    }

    /// All of it in one line.
    pub fn said(&self) -> Both {
        let mut said = same("");
        for (name, shown) in &self.0 {
            for (said, name) in said.iter_mut().zip(name) {
                if !name.is_empty() && !said.is_empty() {
                    *said += ", ";
                }
                *said += name;
                if !name.is_empty() {
                    said.push(' ');
                }
                *said += shown;
            }
        }
        said.map(|said| said.trim_end().to_string())
    }
}

fn digits(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

/// As much of the text as fits into so many columns, with a `…` if that is not all.
pub fn start(text: &str, columns: usize) -> String {
    match text.width() <= columns {
        true => text.to_string(),
        false => format!("{}…", start_of(text, columns - 1)),
    }
}

fn start_of(text: &str, columns: usize) -> String {
    let mut fitting = String::new();
    for char in text.chars() {
        fitting.push(char);
        if fitting.width() > columns {
            fitting.pop();
            break;
        }
    }
    fitting
}

/// A text in two lines at most.
pub fn folded(text: &str, columns: usize) -> Vec<String> {
    if text.width() <= columns {
        return vec![text.to_string()];
    }
    let fitting = start_of(text, columns);
    let first = match fitting.rsplit_once(' ') {
        Some((words, _)) if words.width() > columns / 2 => words,
        _ => &fitting,
    };
    let rest = text[first.len()..].trim_start();
    vec![first.to_string(), start(rest, columns)]
}

/// The end of a text: of an address it says the most.
pub fn tail(text: &str, columns: usize) -> String {
    let mut rest = text;
    for (at, _) in text.char_indices().rev() {
        if text[at..].width() > columns {
            return format!("…{rest}");
        }
        rest = &text[at..];
    }
    text.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_the_end_and_addresses_in_front() {
        assert_eq!(
            (start("hello", 5), start("hello!", 5)),
            ("hello".into(), "hell…".into())
        );
        assert_eq!(start("你好吗", 5), "你好…");
        assert_eq!(tail("127.0.0.1:7002", 14), "127.0.0.1:7002");
        assert_eq!(tail("/tmp/a/socket", 6), "…socket");
    }

    #[test]
    fn a_text_is_folded_between_words_or_anywhere_if_there_is_none() {
        assert_eq!(folded("one two", 7), ["one two"]);
        assert_eq!(folded("one two three four five", 10), ["one two", "three fou…"]);
        assert_eq!(folded("你好你好", 4), ["你好", "你好"]);
    }
}
