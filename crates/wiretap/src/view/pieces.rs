//! Pieces as lines: a head, and beside it or below the bytes.

use unicode_width::UnicodeWidthStr;

use super::View;
use super::words::who;
use crate::event::{Direction, Event, Piece, bytes};
use crate::frames::Kind;
use crate::rows::{Layout, rows};

/// So many parts of frames are shown of a piece, and those within its limit.
const PARTS: usize = 16;

impl View {
    /// What stands before the bytes: connection, direction, offset, size, time.
    pub(super) fn head(
        &mut self,
        event: &Event,
        name: &str,
        piece: &Piece,
    ) -> String {
        let sign = if self.datagrams { '#' } else { '@' };
        let offset = format!("{sign}{}", piece.offset);
        let size = piece.size;
        let mut head =
            format!("{} {name} {offset:>5} {size:>4} B  ", event.connection);
        let last = self.last.replace(event.at).unwrap_or(event.at);
        if self.options.times {
            let time = event.at.saturating_sub(last) as f64 / 1e6;
            head += &format!("{:>7}  ", format!("+{time:.3}"));
        }
        head
    }

    /// The head and the bytes beside it; `note` stands behind the first row.
    pub(super) fn plain(
        &mut self,
        connection: u64,
        head: &str,
        piece: &Piece,
        note: Option<String>,
    ) -> String {
        let key = (connection, piece.direction, note.is_some());
        let layout = self.layout(head);
        let mut missing = self.missing.remove(&key).unwrap_or(0);
        let mut lines = rows(self.shown(piece), layout, &mut missing);
        if piece.size == 0 {
            lines.push("(empty)".to_string());
        }
        if let Some(note) = note {
            let room = self.options.width.saturating_sub(head.width());
            match lines.first_mut() {
                Some(line) if line.width() + note.width() <= room => *line += &note,
                _ => lines.push(note.trim_start().to_string()),
            }
        }
        self.keep(key, piece, missing);
        beside(head, head.width(), &lines) + &self.rest(head, piece)
    }

    /// The head, and below it each part of a frame beside its name.
    pub(super) fn framed(
        &mut self,
        connection: u64,
        head: &str,
        piece: &Piece,
    ) -> String {
        let (layout, way) = (self.layout(head), piece.direction);
        let frames = self.frames.entry(connection).or_default();
        let (parts, lost) = frames.take(way, &piece.bytes);
        let lost = lost.map_or(String::new(), |lost| {
            format!("{connection} {} {lost}\n", who(way, "-->", "<--"))
        });
        if parts.iter().all(|part| part.kind == Kind::Unknown) {
            return self.plain(connection, head, piece, None) + &lost;
        }
        let key = (connection, way, false);
        let mut missing = self.missing.remove(&key).unwrap_or(0);
        let mut text = format!("{}\n", head.trim_end());
        let (mut at, mut hidden) = (0, 0);
        for (number, part) in parts.into_iter().enumerate() {
            if number >= PARTS && at >= self.options.limit {
                hidden += 1;
                continue;
            }
            if matches!(part.kind, Kind::Length | Kind::Header) && part.starts {
                missing = 0;
            }
            let left = self.options.limit.saturating_sub(at).min(part.size);
            let lines = rows(&piece.bytes[at..at + left], layout, &mut missing);
            let label = match part.kind {
                Kind::Unknown => String::new(),
                _ => format!(
                    "   @{} {} ",
                    piece.offset.saturating_add(at as u64),
                    part.label()
                ),
            };
            text += &beside(&label, head.width(), &lines);
            at += part.size;
        }
        self.keep(key, piece, missing);
        let mut rest = self.rest(head, piece);
        if hidden > 0 {
            rest = format!("{}, {hidden} parts of frames\n", rest.trim_end());
        }
        text + &rest + &lost
    }

    /// What fits beside a head.
    fn layout(&self, head: &str) -> Layout {
        let columns = self.options.width.saturating_sub(head.width());
        match self.options.text {
            true => Layout::text(columns),
            false => Layout::within(columns),
        }
    }

    fn shown<'a>(&self, piece: &'a Piece) -> &'a [u8] {
        &piece.bytes[..piece.bytes.len().min(self.options.limit)]
    }

    /// Keeps how many bytes of a character are missing, unless the piece's end was
    /// not looked at.
    fn keep(&mut self, key: (u64, Direction, bool), piece: &Piece, missing: usize) {
        if missing > 0 && self.shown(piece).len() == piece.size {
            self.missing.insert(key, missing);
        }
    }

    /// The line that says how much of a piece is not shown.
    fn rest(&self, head: &str, piece: &Piece) -> String {
        match piece.size.saturating_sub(self.shown(piece).len()) {
            0 => String::new(),
            more => {
                let more = bytes(more as u64);
                format!("{}and {more} more\n", " ".repeat(head.width()))
            }
        }
    }
}

/// Lines beside a label that stands in front of the first; the label alone if there
/// is none.
fn beside(label: &str, indent: usize, lines: &[String]) -> String {
    let mut text = String::new();
    let mut label = label;
    for line in
        lines.iter().map(String::as_str).chain(lines.is_empty().then_some(""))
    {
        let blanks = " ".repeat(indent.saturating_sub(label.width()));
        text += &format!("{}\n", format!("{label}{blanks}{line}").trim_end());
        label = "";
    }
    text
}
