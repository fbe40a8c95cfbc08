//! A record as a drawing (SVG): a sequence diagram, the client on the left, the server
//! on the right, the tap between them.
//!
//! Time runs downwards, in the order of the record and not to scale; where nothing
//! passes for a tenth of a second or longer, it says for how long. The same record
//! gives the same bytes. Each connection has life lines of its own; the numbers
//! at the edge say what came when, across all of them. Words are in English and in
//! Chinese, each on a line of its own with `lang="en"` or `lang="zh"`: whoever shows
//! one language leaves the other's lines out. Colours are CSS variables (`--fg`,
//! `--bg`, `--fig-a`, ...) with values of their own for a file that stands alone.

pub mod boxed;
pub mod lines;
pub mod pen;
pub mod words;

use std::collections::BTreeMap;

use crate::event::{Event, What};
use crate::record::{Session, Transport};
use lines::Lines;
use pen::{Both, both, escape, text};
use words::owned;

/// So many events are drawn, at most; the drawing says how many are not.
pub const MAX_EVENTS: u64 = 100;

/// In the units of the `viewBox`.
const WIDTH: i32 = 650;

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
                self.draw(event, what);
            }
        }
    }

    fn draw(&mut self, event: &Event, what: &What) {
        let number = self.drawn;
        let said = match what {
            What::Faults { .. } => {
                let said = words::sentence(what);
                let open = self.connections.values_mut().filter(|lines| !lines.over);
                open.for_each(|lines| lines.note(number, &said));
                said
            }
            _ => {
                let new = || Lines::new(self.datagrams);
                let lines = self.connections.entry(event.connection);
                let lines = lines.or_insert_with(new);
                let after = lines.wait(event.at).unwrap_or_default();
                let said = lines.draw(number, what, &self.options);
                [0, 1].map(|lang| format!("{}{}", after[lang], said[lang]))
            }
        };
        self.sentences.push(said.map(|said| format!("{number}. {said}")));
    }

    /// The whole drawing, each element on a line.
    pub fn svg(&self) -> String {
        let several = self.connections.len() > 1;
        let (mut body, mut y) = (String::new(), 0);
        for (number, lines) in &self.connections {
            if y > 0 {
                y += 24;
            }
            if several {
                let name = words::connection(*number);
                body += &text("t b", 5, y + 20, &name);
                y += 36;
            }
            body += &format!("<g transform=\"translate(0 {y})\">\n");
            body += &(lines.all(&self.listen) + "</g>\n");
            y += lines.bottom() + 24;
        }
        let mut sentences = self.sentences.clone();
        if self.more > 0 {
            let more = words::events_more(self.more);
            body += &text("t b m", WIDTH / 2, y + 20, &more);
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
