//! A piece on the life lines: a box, and what becomes of it.

use super::{BOX, FREE, GAP, Lines, ROW, points};
use crate::event::{Direction, Onward, Piece, What};
use crate::frames::MAX_FRAME;
use crate::svg::Options;
use crate::svg::boxed::{self, Rows};
use crate::svg::pen::{self, Both, same, text};
use crate::svg::words;

impl Lines {
    /// A piece: a box on its half of the way, and what becomes of it.
    pub(super) fn piece(
        &mut self,
        number: u64,
        what: &What,
        piece: &Piece,
        options: &Options,
    ) -> Both {
        let sent = matches!(what, What::Sent { .. });
        let (parts, lost) = match options.frames && !sent && self.sign == '@' {
            true => self.frames.take(piece.direction, &piece.bytes),
            false => (Vec::new(), None),
        };
        let missing = &mut self.missing[piece.direction as usize][usize::from(sent)];
        let rows = Rows::new(piece, options.limit, &parts, missing);
        let said = words::piece(what, self.sign == '#', &rows.said());
        self.boxed(number, what, piece, rows);
        if let Some(lost) = lost {
            let zh = format!("不是帧：长度超过上限 {MAX_FRAME}");
            self.words_at_tap(&[lost, zh], "note");
        }
        said
    }

    fn boxed(&mut self, number: u64, what: &What, piece: &Piece, rows: Rows) {
        let [from, tap, to] = points(piece.direction);
        let mut all = Rows::default();
        all.named(words::size(piece.size, self.sign, piece.offset));
        all.0.extend(rows.0);
        let (start, class) = match (what, piece.direction) {
            (What::Sent { faults, .. }, _) => {
                all.named(same(&boxed::start(
                    &format!("*{}", faults.join(" *")),
                    27,
                )));
                (tap, "piece faulty")
            }
            (_, Direction::ClientToServer) => (from, "piece client"),
            (_, Direction::ServerToClient) => (from, "piece server"),
        };
        let height = ROW * all.0.len() as i32 + 10;
        let middle = Self::TOP + self.y + height / 2;
        self.number(number, height / 2);
        match what {
            What::Arrived { onward: Onward::Never, .. } => {
                self.put(pen::line("wire", from, tap, middle));
                self.put(pen::cross("err thick", tap, middle));
            }
            What::Arrived { onward: Onward::Disturbed, .. } => {
                self.straight(from, tap, middle);
            }
            _ => self.straight(start, to, middle),
        }
        // The half on which it came, or was sent.
        let left = start.min(if start == tap { to } else { tap }) + FREE;
        self.put(pen::rect("paper", left, middle - height / 2, BOX, height));
        self.put(pen::rect(class, left, middle - height / 2, BOX, height));
        for (row, (name, shown)) in (0..).zip(&all.0) {
            self.row(
                left,
                Self::TOP + self.y + ROW * row + 21,
                row > 0,
                name,
                shown,
            );
        }
        self.y += height + GAP;
    }

    fn straight(&mut self, from: i32, to: i32, y: i32) {
        self.put(pen::line("wire", from, to, y));
        self.put(pen::head("point", from, to, y));
    }

    /// A row of a box: bytes stand behind their name, or without one in front.
    fn row(&mut self, left: i32, y: i32, parted: bool, name: &Both, shown: &str) {
        let named = !name[0].is_empty();
        if named {
            if parted {
                self.put(pen::line("parting", left, left + BOX, y - 16));
            }
            self.put(text("t", left + 10, y, name));
        }
        let (class, x) = match named {
            true => ("t mono e", left + BOX - 10),
            false => ("t mono", left + 10),
        };
        if !shown.is_empty() {
            self.put(text(class, x, y, &same(shown)));
        }
    }
}
