//! A record as a drawing (SVG): a sequence diagram, the client on the left, the server
//! on the right, the tap between them.
//!
//! Time runs downwards, in the order of the record and not to scale, and the same
//! record gives the same bytes. Each connection has life lines of its own; the numbers
//! at the edge say what came when, across all of them. Words are in English and in
//! Chinese, each on a line of its own with `lang="en"` or `lang="zh"`: whoever shows
//! one language leaves the other's lines out. Colours are CSS variables (`--fg`,
//! `--bg`, `--fig-a`, ...) with values of their own for a file that stands alone.

pub mod pen;
pub mod words;

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use crate::event::{Direction, Event, Onward, Piece, What};
use crate::frames::{Frames, Kind, MAX_FRAME, Part};
use crate::record::{Session, Transport};
use crate::rows::{Layout, rows};
use pen::{Both, both, escape, same, text};
use words::owned;

/// So many events are drawn, at most; the drawing says how many are not.
pub const MAX_EVENTS: u64 = 100;

/// The life lines: client, tap, server.
const LINES: [i32; 3] = [80, 375, 670];
const WIDTH: i32 = 750;

/// A box on a line leaves so much of it free at both ends.
const FREE: i32 = 22;
const BOX: i32 = LINES[1] - LINES[0] - 2 * FREE;

/// A row of text in a box, and how many columns and rows it has, at most.
const ROW: i32 = 22;
const COLUMNS: usize = 24;
const MAX_ROWS: usize = 4;

/// Between two events.
const GAP: i32 = 16;

const STYLE: &str = include_str!("svg/style.css");

/// What is drawn, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The drawing's `id`: a page may have several.
    pub id: String,
    /// Its title, in English and in Chinese, if it has one of its own.
    pub title: Option<Both>,
    /// So many bytes of each piece.
    pub limit: usize,
    /// The course's frames, in what arrives.
    pub frames: bool,
    /// No pieces.
    pub quiet: bool,
}

/// Turns events into a drawing.
#[derive(Debug)]
pub struct Drawing {
    options: Options,
    datagrams: bool,
    listen: String,
    connections: BTreeMap<u64, Lines>,
    sentences: Vec<Both>,
    drawn: u64,
    more: u64,
}

/// The life lines of a connection.
#[derive(Debug, Default)]
struct Lines {
    client: String,
    server: String,
    /// What has been drawn, down to `y`.
    svg: String,
    y: i32,
    frames: Frames,
    /// How many bytes of a character are missing yet, in what arrived and was sent on,
    /// for each direction.
    missing: [[usize; 2]; 2],
    /// A fault has ended what is sent on, for each direction.
    ended: [bool; 2],
    over: bool,
}

impl Drawing {
    /// Before the first event.
    pub fn new(options: Options, session: &Session) -> Self {
        let datagrams = session.transport == Transport::Udp;
        let (listen, connections) = (session.listen.clone(), BTreeMap::new());
        let sentences = vec![owned(words::PREFACE)];
        Drawing {
            options,
            datagrams,
            listen,
            connections,
            sentences,
            drawn: 0,
            more: 0,
        }
    }

    /// Draws an event below those before it.
    pub fn take(&mut self, event: &Event) {
        match &event.what {
            What::NotShown { .. } => {}
            What::Closed {} => {
                if let Some(lines) = self.connections.get_mut(&event.connection) {
                    lines.over = true;
                }
            }
            What::Arrived { .. } | What::Sent { .. } if self.options.quiet => {}
            _ if self.drawn == MAX_EVENTS => self.more += 1,
            what => {
                self.drawn += 1;
                self.draw(event.connection, what);
            }
        }
    }

    fn draw(&mut self, connection: u64, what: &What) {
        let number = self.drawn;
        let said = match what {
            What::Faults { .. } => {
                let said = words::sentence(what);
                let open = self.connections.values_mut().filter(|lines| !lines.over);
                open.for_each(|lines| lines.note(number, &said));
                said
            }
            _ => {
                let sign = if self.datagrams { '#' } else { '@' };
                let lines = self.connections.entry(connection).or_default();
                lines.draw(number, what, sign, &self.options)
            }
        };
        self.sentences.push(said.map(|said| format!("{number}. {said}")));
    }

    /// The whole drawing, each element on a line.
    pub fn svg(&self) -> String {
        let several = self.connections.len() > 1;
        let (mut body, mut y) = (String::new(), 0);
        for (number, lines) in &self.connections {
            if several {
                let name = words::connection(*number);
                body += &text("t b", 5, y + 20, &name);
                y += 36;
            }
            body += &format!("<g transform=\"translate(0 {y})\">\n");
            body += &(lines.all(&self.listen) + "</g>\n");
            y += Lines::TOP + lines.y + 3 * GAP;
        }
        let mut sentences = self.sentences.clone();
        if self.more > 0 {
            let more = words::events_more(self.more);
            body += &text("t b m", LINES[1], y + 4, &more);
            y += 30;
            sentences.push(more);
        }
        let id = escape(&self.options.id);
        let title = self.options.title.clone().unwrap_or(owned(words::TITLE));
        let words = [0, 1].map(|lang| {
            let said: Vec<_> = sentences.iter().map(|said| &*said[lang]).collect();
            said.join(" ")
        });
        format!(
            "<svg id=\"{id}\" class=\"trace\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"-2 -2 {} {}\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n{}{}\
             <style lang=\"en\">#{id} [lang=zh]{{display:none}}</style>\n\
             <style>\n{}</style>\n{body}</svg>\n",
            WIDTH + 4,
            y + 4,
            both("title", &format!(" id=\"{id}-title\""), &title),
            both("desc", &format!(" id=\"{id}-desc\""), &words),
            STYLE.replace("#ID", &format!("#{id}")),
        )
    }
}

impl Lines {
    /// Where the first event begins.
    const TOP: i32 = 80;

    /// The heads, the life lines, and on them what has been drawn.
    fn all(&self, listen: &str) -> String {
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
            svg += &text("t mono m small", *x, 55, &same(&tail(address, 17)));
        }
        svg + &self.svg
    }

    fn bottom(&self) -> i32 {
        Self::TOP + self.y + if self.over { 0 } else { GAP }
    }

    /// Draws an event and says it in a sentence.
    fn draw(
        &mut self,
        number: u64,
        what: &What,
        sign: char,
        options: &Options,
    ) -> Both {
        match what {
            What::Connect { client, server } => {
                (self.client, self.server) = (client.clone(), server.clone());
                let label = owned(["connect", "连接"]);
                self.number(number, 24);
                self.arrow("wire thin", [LINES[0], LINES[1]], &label);
                self.arrow("wire thin", [LINES[1], LINES[2]], &label);
                self.y += 36 + GAP;
            }
            What::NoServer { client, server, error } => {
                (self.client, self.server) = (client.clone(), server.clone());
                self.number(number, 24);
                let label = owned(["connect", "连接"]);
                self.arrow("wire thin", [LINES[0], LINES[1]], &label);
                self.put(pen::line(
                    "wire thin",
                    LINES[1],
                    LINES[2],
                    Self::TOP + self.y + 24,
                ));
                self.put(pen::cross("err", LINES[2], Self::TOP + self.y + 24));
                self.y += 36 + GAP;
                self.words_at_tap(&same(error), "note err-box");
            }
            What::Arrived { piece, .. } | What::Sent { piece, .. } => {
                return self.piece(number, what, piece, sign, options);
            }
            What::End { direction, total, half } => {
                self.end(number, *direction, words::end(*total, *half));
                let cut = self.frames.end(*direction).filter(|_| options.frames);
                if let Some(cut) = cut {
                    let zh = "文件结束在一个帧的中间".to_string();
                    self.words_at_tap(&[cut, zh], "note");
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
        self.put(text("t num", 50, y, &same(&number.to_string())));
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
        self.put(pen::cross("err thick", from, y));
        self.put(pen::cross("err thick", to, y));
        let label = owned(["reset (RST)", "复位（RST）"]);
        self.put(text("t b m", (from + tap) / 2, y - 13, &label));
        self.y += 40 + GAP;
    }

    fn time_out(&mut self, number: u64, direction: Direction, words: &str) {
        let [from, tap, to] = points(direction);
        let y = Self::TOP + self.y + 24;
        self.number(number, 24);
        self.put(pen::line("wire dots", from, tap, y));
        self.put(pen::dial("dial", tap, y));
        let label = owned(["time-out", "超时"]);
        self.put(text("t b m", (from + tap) / 2, y - 9, &label));
        self.put(text("t m", (tap + to) / 2, y + 5, &same(&start(words, 26))));
        self.y += 38 + GAP;
    }

    /// Words of the tap's own, in a box across the lines.
    fn note(&mut self, number: u64, words: &Both) {
        self.number(number, 17);
        self.words_at_tap(words, "note");
    }

    fn words_at_tap(&mut self, words: &Both, class: &str) {
        let y = Self::TOP + self.y;
        let words = [0, 1].map(|lang| start(&words[lang], 58));
        self.put(pen::rect(
            class,
            LINES[0] + FREE,
            y,
            LINES[2] - LINES[0] - 2 * FREE,
            34,
        ));
        self.put(text("t m", LINES[1], y + 23, &words));
        self.y += 34 + GAP;
    }
}

/// A row of text in a box: a name, and bytes as they are shown.
type Row = (Both, String);

impl Lines {
    /// A piece: a box on its half of the way, and what becomes of it.
    fn piece(
        &mut self,
        number: u64,
        what: &What,
        piece: &Piece,
        sign: char,
        options: &Options,
    ) -> Both {
        let sent = matches!(what, What::Sent { .. });
        let (mut rows, shown, lost) = self.rows(piece, sent, sign, options);
        if let What::Sent { faults, .. } = what {
            let faults: Vec<_> =
                faults.iter().map(|name| format!("*{name}")).collect();
            rows.push((same(&start(&faults.join(" "), 27)), String::new()));
        }
        let height = ROW * rows.len() as i32 + 10;
        let [from, tap, to] = points(piece.direction);
        let middle = Self::TOP + self.y + height / 2;
        self.number(number, height / 2);
        let (start, class) = match (sent, piece.direction) {
            (true, _) => (tap, "piece faulty"),
            (false, Direction::ClientToServer) => (from, "piece client"),
            (false, Direction::ServerToClient) => (from, "piece server"),
        };
        match what {
            What::Arrived { onward: Onward::Disturbed, .. } => {
                self.put(pen::line("wire", from, tap, middle));
                self.put(pen::head("point", from, tap, middle));
            }
            What::Arrived { onward: Onward::Never, .. } => {
                self.put(pen::line("wire", from, tap, middle));
                self.put(pen::cross("err thick", tap, middle));
            }
            _ => {
                self.put(pen::line("wire", start, to, middle));
                self.put(pen::head("point", start, to, middle));
            }
        }
        let left = start.min(if sent { to } else { tap }) + FREE;
        self.boxed(class, left, &rows);
        self.y += height + GAP;
        if let Some(lost) = lost {
            let zh = format!("不是帧：长度超过上限 {MAX_FRAME}");
            self.words_at_tap(&[lost, zh], "note");
        }
        words::piece(what, sign == '#', &shown)
    }

    fn boxed(&mut self, class: &str, left: i32, rows: &[Row]) {
        let top = Self::TOP + self.y;
        let height = ROW * rows.len() as i32 + 10;
        self.put(pen::rect("paper", left, top, BOX, height));
        self.put(pen::rect(class, left, top, BOX, height));
        for (row, (name, shown)) in (0..).zip(rows) {
            let y = top + ROW * row + 21;
            let named = !name[0].is_empty();
            if named {
                self.put(text("t", left + 10, y, name));
            }
            if !shown.is_empty() {
                let (class, x) = match named {
                    true => ("t mono e", left + BOX - 10),
                    false => ("t mono", left + 10),
                };
                self.put(text(class, x, y, &same(shown)));
            }
        }
    }

    /// The rows of a piece's box, its text in one line, and whether it turned out to
    /// be no frames.
    fn rows(
        &mut self,
        piece: &Piece,
        sent: bool,
        sign: char,
        options: &Options,
    ) -> (Vec<Row>, String, Option<String>) {
        let bytes = &piece.bytes[..piece.bytes.len().min(options.limit)];
        let head = words::size(piece.size, sign, piece.offset);
        let mut rows = vec![(head, String::new())];
        let missing = &mut self.missing[piece.direction as usize][usize::from(sent)];
        let all = lines(bytes, missing);
        let framed = options.frames && !sent && sign == '@';
        let mut lost = None;
        if framed {
            let parts;
            (parts, lost) = self.frames.take(piece.direction, &piece.bytes);
            if parts.iter().any(|part| part.kind != Kind::Unknown) {
                rows.extend(part_rows(&parts, bytes));
            } else {
                rows.extend(text_rows(&all));
            }
        } else {
            rows.extend(text_rows(&all));
        }
        let more = piece.size - bytes.len();
        if more > 0 {
            rows.push((words::bytes_more(more), String::new()));
        }
        (rows, all.concat(), lost)
    }
}

/// Each part of a frame: its name, and its bytes beside it or below.
fn part_rows(parts: &[Part], bytes: &[u8]) -> Vec<Row> {
    let (mut made, mut at) = (Vec::new(), 0);
    for part in parts {
        let end = (at + part.size).min(bytes.len());
        let bytes = &bytes[at.min(end)..end];
        at += part.size;
        let name = words::part(part);
        let shown = match part.kind {
            Kind::Length => vec![digits(bytes)],
            _ => lines(bytes, &mut 0),
        };
        let width = name.iter().map(|name| name.width()).max().unwrap_or(0);
        match &shown[..] {
            [] => made.push((name, String::new())),
            [line] if width + line.width() < COLUMNS => {
                made.push((name, line.clone()))
            }
            lines => {
                made.push((name, String::new()));
                made.extend(text_rows(lines));
            }
        }
    }
    made
}

fn text_rows(lines: &[String]) -> Vec<Row> {
    let mut shown: Vec<_> = lines.iter().take(MAX_ROWS).cloned().collect();
    if let (Some(last), true) = (shown.last_mut(), lines.len() > MAX_ROWS) {
        *last = format!("{}…", start_of(last, COLUMNS - 1));
    }
    shown.into_iter().map(|line| (same(""), line)).collect()
}

fn lines(bytes: &[u8], missing: &mut usize) -> Vec<String> {
    rows(bytes, Layout::text(COLUMNS), missing)
}

fn digits(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

/// Where a direction begins, the tap, where it leads.
fn points(direction: Direction) -> [i32; 3] {
    let [client, tap, server] = LINES;
    match direction {
        Direction::ClientToServer => [client, tap, server],
        Direction::ServerToClient => [server, tap, client],
    }
}

/// As much of the text as fits into so many columns, with a `…` if that is not all.
fn start(text: &str, columns: usize) -> String {
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

/// The end of a text: of an address it says the most.
fn tail(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_string();
    }
    let mut rest = text;
    while rest.width() >= columns {
        let first = rest.chars().next().map_or(1, char::len_utf8);
        rest = &rest[first..];
    }
    format!("…{rest}")
}
