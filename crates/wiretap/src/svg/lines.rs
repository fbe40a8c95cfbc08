//! The life lines of one connection, and its events on them.

mod piece;

use crate::event::{Direction, What};
use crate::frames::Frames;
use crate::svg::Options;
use crate::svg::boxed::{self, start, tail};
use crate::svg::pen::{self, Both, same, text};
use crate::svg::words::{self, owned};

/// The life lines: client, tap, server.
const LINES: [i32; 3] = [77, 325, 573];

/// A box on a line leaves so much of it free at both ends.
const FREE: i32 = 18;
const BOX: i32 = LINES[1] - LINES[0] - 2 * FREE;

/// The height of a row of text in a box.
const ROW: i32 = 22;

/// Between two events.
const GAP: i32 = 16;

/// A wait that is shorter is not drawn, in microseconds.
const LEAST_WAIT: u64 = 100_000;

/// The life lines of a connection.
#[derive(Debug)]
pub struct Lines {
    /// In front of where a piece begins: `@` an offset, `#` a datagram's number.
    sign: char,
    client: String,
    server: String,
    /// What has been drawn, `y` high.
    svg: String,
    y: i32,
    frames: Frames,
    /// How many bytes of a character are missing yet, in what arrived and was sent on,
    /// for each direction.
    missing: [[usize; 2]; 2],
    /// A fault has ended what is sent on, for each direction.
    ended: [bool; 2],
    /// When the last event was, in microseconds.
    last: Option<u64>,
    /// Both directions are over.
    pub over: bool,
}

impl Lines {
    /// Where the first event begins.
    const TOP: i32 = 80;

    /// Before the first event.
    pub fn new(datagrams: bool) -> Self {
        Lines {
            sign: if datagrams { '#' } else { '@' },
            client: String::new(),
            server: String::new(),
            svg: String::new(),
            y: 0,
            frames: Frames::default(),
            missing: [[0; 2]; 2],
            ended: [false; 2],
            last: None,
            over: false,
        }
    }

    /// The heads, the life lines, and on them what has been drawn.
    pub fn all(&self, listen: &str) -> String {
        let heads = [
            ("client", owned(words::CLIENT), &*self.client),
            ("tap", same("wiretap"), listen),
            ("server", owned(words::SERVER), &*self.server),
        ];
        let mut svg = String::new();
        for (x, (class, name, address)) in LINES.iter().zip(heads) {
            svg +=
                &format!("<path class=\"life\" d=\"M{x} 62V{}\"/>\n", self.bottom());
            svg += &pen::rect(&format!("head {class}"), x - 75, 0, 150, 36);
            svg += &text("t b m inv", *x, 25, &name);
            svg += &text("t mono m small", *x, 55, &same(&tail(address, 15)));
        }
        svg + &self.svg
    }

    /// How far down they reach.
    pub fn bottom(&self) -> i32 {
        Self::TOP + self.y + if self.over { -GAP } else { GAP }
    }

    /// Draws the time since the last event if that is long, and says it.
    pub fn wait(&mut self, at: u64) -> Option<Both> {
        let time = at.saturating_sub(self.last.replace(at).unwrap_or(at));
        if time < LEAST_WAIT {
            return None;
        }
        let (label, y) = (words::wait(time), Self::TOP + self.y);
        for x in LINES {
            // The life lines are broken: time runs, and nothing passes.
            self.put(pen::rect("paper", x - 40, y, 80, 24));
        }
        for x in [LINES[0], LINES[2]] {
            self.put(text("t b m", x, y + 18, &same("⋮")));
        }
        self.put(text("t m", LINES[1], y + 18, &label));
        self.y += 24 + GAP;
        Some(words::after(label))
    }

    /// Draws an event and says it in a sentence.
    pub fn draw(&mut self, number: u64, what: &What, options: &Options) -> Both {
        match what {
            What::Connect { client, server } => {
                (self.client, self.server) = (client.clone(), server.clone());
                // A datagram is the first that is heard of a client: nothing connects.
                if self.sign == '#' {
                    self.note(number, &owned(words::NEW));
                    return words::NEW.map(|words| format!("{words}."));
                }
                let label = owned(words::CONNECT);
                self.number(number, 24);
                self.arrow("wire thin", [LINES[0], LINES[1]], &label);
                self.arrow("wire thin", [LINES[1], LINES[2]], &label);
                self.y += 36 + GAP;
            }
            What::NoServer { client, server, error } => {
                (self.client, self.server) = (client.clone(), server.clone());
                self.number(number, 24);
                let label = owned(words::CONNECT);
                self.arrow("wire thin", [LINES[0], LINES[1]], &label);
                self.put(pen::line(
                    "wire thin",
                    LINES[1],
                    LINES[2],
                    Self::TOP + self.y + 24,
                ));
                self.put(pen::cross("err", LINES[2], Self::TOP + self.y + 24));
                self.y += 36 + GAP;
                self.words_at_tap(&same(without_number(error)), "note err-box");
            }
            What::Arrived { piece, .. } | What::Sent { piece, .. } => {
                return self.piece(number, what, piece, options);
            }
            What::End { direction, total, half } => {
                self.end(number, *direction, words::end(*total, *half));
                let cut = self.frames.end(*direction).filter(|_| options.frames);
                if let Some(cut) = cut {
                    let cut = cut.trim_start_matches("end of file ").to_string();
                    self.words_at_tap(
                        &[cut, "断在一个帧的中间".to_string()],
                        "note",
                    );
                }
            }
            What::Reset { direction } => self.reset(number, *direction),
            What::TimeOut { direction, text } => {
                self.time_out(number, *direction, text)
            }
            What::Failed { .. } => self.note(number, &words::sentence(what)),
            What::Fault { direction, fault, text } => {
                if fault == "half-close-after" {
                    self.ended[*direction as usize] = true;
                }
                self.note(number, &words::fault(fault, text));
            }
            _ => {}
        }
        words::sentence(what)
    }

    fn put(&mut self, element: String) {
        self.svg += &element;
    }

    /// The event's number at the edge, beside a line `below` the top of its row.
    fn number(&mut self, number: u64, below: i32) {
        let y = Self::TOP + self.y + below + 5;
        self.put(text("t num", 52, y, &same(&number.to_string())));
    }

    /// A line with a head at its end and words above it.
    fn arrow(&mut self, class: &str, [from, to]: [i32; 2], label: &Both) {
        let y = Self::TOP + self.y + 24;
        self.put(pen::line(class, from, to, y));
        self.put(pen::head("point", from, to, y));
        self.put(text("t m", (from + to) / 2, y - 8, label));
    }

    fn end(&mut self, number: u64, direction: Direction, label: [Both; 2]) {
        let [from, tap, to] = points(direction);
        let y = Self::TOP + self.y + 24;
        let last = if self.ended[direction as usize] { tap } else { to };
        self.number(number, 24);
        self.put(pen::line("wire dash", from, last, y));
        self.put(pen::bar("wire thick", last, y));
        self.put(text("t m", (from + tap) / 2, y - 9, &label[0]));
        self.put(text("t m", (tap + to) / 2, y - 9, &label[1]));
        self.y += 38 + GAP;
    }

    fn reset(&mut self, number: u64, direction: Direction) {
        let [from, tap, to] = points(direction);
        let y = Self::TOP + self.y + 28;
        self.number(number, 28);
        self.put(pen::zigzag("err", from, to, y));
        self.put(pen::head("err-point", from, to, y));
        // Nothing comes of either side any more.
        self.put(pen::cross("err thick", from, y + 30));
        self.put(pen::cross("err thick", to, y + 30));
        let label = owned(["reset (RST)", "复位（RST）"]);
        self.put(text("t b m", (from + tap) / 2, y - 13, &label));
        self.y += 58 + GAP;
    }

    fn time_out(&mut self, number: u64, direction: Direction, words: &str) {
        let [from, tap, to] = points(direction);
        let y = Self::TOP + self.y + 24;
        self.number(number, 24);
        self.put(pen::line("wire dots", from, tap, y));
        self.put(pen::dial("dial", tap, y));
        let label = owned(["time-out", "超时"]);
        self.put(text("t b m", (from + tap) / 2, y - 9, &label));
        self.put(text(
            "t m",
            (tap + to) / 2,
            y + 5,
            &same(&start(without_number(words), 24)),
        ));
        self.y += 38 + GAP;
    }

    /// Words of the tap's own, in a box across the lines.
    pub fn note(&mut self, number: u64, words: &Both) {
        self.number(number, 17);
        self.words_at_tap(words, "note");
    }

    fn words_at_tap(&mut self, words: &Both, class: &str) {
        let y = Self::TOP + self.y;
        let lines = [0, 1].map(|lang| boxed::folded(&words[lang], 50));
        let count = lines[0].len().max(lines[1].len());
        let (left, right) = (LINES[0] + FREE, LINES[2] - FREE);
        let height = ROW * count as i32 + 12;
        self.put(pen::rect(class, left, y, right - left, height));
        for row in 0..count {
            let words = [0, 1].map(|lang| lines[lang].get(row).cloned());
            let y = y + 23 + ROW * row as i32;
            self.put(text(
                "t m",
                LINES[1],
                y,
                &words.map(Option::unwrap_or_default),
            ));
        }
        self.y += height + GAP;
    }
}

/// The system's words without the number of the error: the room is narrow.
fn without_number(words: &str) -> &str {
    words.split(" (os error ").next().unwrap_or(words)
}

/// Where a direction begins, the tap, where it leads.
fn points(direction: Direction) -> [i32; 3] {
    let [client, tap, server] = LINES;
    match direction {
        Direction::ClientToServer => [client, tap, server],
        Direction::ServerToClient => [server, tap, client],
    }
}
