//! Events as lines for a terminal.
//!
//! ```text
//! 1 client -->    @0    5 B   +0.000  68 65 6c 6c 6f           hello
//! 1 <-- server    @0    5 B   +0.001  48 45 4c 4c 4f           HELLO
//! ```
//!
//! The arrow says what became of the bytes: `-->` they went on as they came, `--*` a
//! fault has acted on them (what was sent on follows as `sent -->`, with the fault's
//! name behind a `*`), `--x` they were not sent on.

mod pieces;
mod words;

use std::collections::HashMap;

use cli::printable;

use crate::event::{Direction, Event, Onward, Piece, What, bytes};
use crate::frames::Frames;
use crate::record::Transport;
use words::{colour, sentence, who};

/// What is shown, and how.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Columns of the terminal.
    pub width: usize,
    /// So many bytes of each piece.
    pub limit: usize,
    /// The text of the bytes, without their hexadecimal digits.
    pub text: bool,
    /// The time since the last piece.
    pub times: bool,
    /// No pieces.
    pub quiet: bool,
    /// The course's frames, over what arrives.
    pub frames: bool,
    /// Each direction in a colour, and what faults have sent on (ECMA-48).
    pub colour: bool,
}

/// Turns events into lines, one after the other.
#[derive(Debug)]
pub struct View {
    options: Options,
    datagrams: bool,
    /// When the last piece arrived or was sent on.
    last: Option<u64>,
    /// How many bytes of a character are missing yet, in what arrived and was sent
    /// on.
    missing: HashMap<(u64, Direction, bool), usize>,
    frames: HashMap<u64, Frames>,
}

impl View {
    /// Before the first event.
    pub fn new(options: Options, transport: Transport) -> Self {
        let (missing, frames) = (HashMap::new(), HashMap::new());
        let datagrams = transport == Transport::Udp;
        View { options, datagrams, last: None, missing, frames }
    }

    /// The lines of an event, each with its end; none if it is not to be shown.
    pub fn lines(&mut self, event: &Event) -> String {
        let text = self.plain_lines(event);
        match colour(&event.what).filter(|_| self.options.colour) {
            None => text,
            Some(code) => {
                let lines = text.lines();
                lines.map(|line| format!("\x1b[{code}m{line}\x1b[0m\n")).collect()
            }
        }
    }

    fn plain_lines(&mut self, event: &Event) -> String {
        let number = event.connection;
        match &event.what {
            What::Arrived { .. } | What::Sent { .. } if self.options.quiet => {
                String::new()
            }
            What::Arrived { piece, onward } => self.arrived(event, piece, *onward),
            What::Sent { piece, faults } => self.sent(event, piece, faults),
            What::End { direction, total, half } => {
                self.end(number, *direction, *total, *half)
            }
            What::Closed {} => {
                self.forget(number);
                String::new()
            }
            What::Connect { client, server } if self.datagrams => {
                format!("{number} {client} is new here, to {server}\n")
            }
            other => sentence(number, other),
        }
    }

    fn arrived(&mut self, event: &Event, piece: &Piece, onward: Onward) -> String {
        let name = match onward {
            Onward::AsTheyCame => who(piece.direction, "-->", "<--"),
            Onward::Disturbed => who(piece.direction, "--*", "*--"),
            Onward::Never => who(piece.direction, "--x", "x--"),
        };
        let head = self.head(event, &name, piece);
        match self.options.frames && !self.datagrams {
            true => self.framed(event.connection, &head, piece),
            false => self.plain(event.connection, &head, piece, None),
        }
    }

    fn sent(&mut self, event: &Event, piece: &Piece, faults: &[String]) -> String {
        let name = match piece.direction {
            Direction::ClientToServer => "  sent -->",
            Direction::ServerToClient => "<-- sent  ",
        };
        let head = self.head(event, name, piece);
        let note = format!("  *{}", printable(faults.join(" *").as_bytes()));
        self.plain(event.connection, &head, piece, Some(note))
    }

    fn end(
        &mut self,
        number: u64,
        direction: Direction,
        total: u64,
        half: bool,
    ) -> String {
        let name = who(direction, "-->", "<--");
        let half = if half { ", half closed" } else { ", closed" };
        let mut text =
            format!("{number} {name} end of file after {}{half}\n", bytes(total));
        if let Some(cut) = self.frames.get(&number).and_then(|f| f.end(direction)) {
            text += &format!("{number} {name} {cut}\n");
        }
        text
    }

    fn forget(&mut self, number: u64) {
        self.frames.remove(&number);
        self.missing.retain(|(connection, ..), _| *connection != number);
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    const OPTIONS: Options = Options {
        width: 80,
        limit: 64,
        text: false,
        times: true,
        quiet: false,
        frames: false,
        colour: false,
    };

    const THERE: Direction = Direction::ClientToServer;

    fn arrived(at: u64, offset: u64, bytes: &[u8]) -> Event {
        let (size, bytes) = (bytes.len(), bytes.to_vec());
        let piece = Piece { direction: THERE, offset, size, bytes };
        let what = What::Arrived { piece, onward: Onward::AsTheyCame };
        Event { at, connection: 1, what }
    }

    fn sent(bytes: &[u8], faults: &[&str]) -> Event {
        let (size, bytes) = (bytes.len(), bytes.to_vec());
        let piece = Piece { direction: THERE, offset: 0, size, bytes };
        let faults = faults.iter().map(ToString::to_string).collect();
        Event { at: 0, connection: 1, what: What::Sent { piece, faults } }
    }

    fn lines(options: Options, events: &[Event]) -> Vec<String> {
        let mut view = View::new(options, Transport::Tcp);
        let text: String = events.iter().map(|event| view.lines(event)).collect();
        text.lines().map(String::from).collect()
    }

    #[test]
    fn a_piece_is_one_line_with_the_time_since_the_last() {
        let events =
            [arrived(5_000_000, 0, b"hello"), arrived(5_001_499, 5, b"x\n")];
        let [first, second] = &lines(OPTIONS, &events)[..] else { panic!() };
        let expected =
            "1 client -->    @0    5 B   +0.000  68 65 6c 6c 6f           hello";
        assert_eq!(first, expected);
        let expected =
            r"1 client -->    @5    2 B   +0.001  78 0a                    x\n";
        assert_eq!(second, expected);
    }

    #[test]
    fn a_character_cut_by_the_end_of_a_piece_is_marked_in_both() {
        let events = [arrived(0, 0, b"\xe4\xbd"), arrived(0, 2, b"\xa0")];
        let lines = lines(OPTIONS, &events);
        assert!(lines[0].ends_with(r" \xe4\xbd…") && lines[1].ends_with(r" …\xa0"));
    }

    #[test]
    fn a_limit_says_how_much_is_not_shown() {
        let options = Options { limit: 2, times: false, ..OPTIONS };
        let lines = lines(options, &[arrived(0, 0, b"hello"), arrived(0, 5, b"he")]);
        assert!(
            lines[0].ends_with("he") && lines[1].ends_with("  and 3 bytes more")
        );
        assert_eq!(lines.len(), 3);
        let none = Options { limit: 0, ..options };
        assert!(super::tests::lines(none, &[arrived(0, 0, b"hello")]).len() == 2);
    }

    #[test]
    fn a_piece_of_zeros_is_no_flood_of_empty_frames() {
        let options = Options { frames: true, ..OPTIONS };
        let lines = lines(options, &[arrived(0, 0, &[0; 65_536])]);
        assert_eq!(lines.len(), 1 + 16 + 1);
        let last = lines.last().map(|line| line.trim_start());
        let expected = "and 65472 bytes more, 16368 parts of frames";
        assert_eq!(last, Some(expected));
        let end = What::End { direction: THERE, total: 1, half: false };
        let end = Event { at: 0, connection: 1, what: end };
        let said = super::tests::lines(OPTIONS, &[end]);
        assert_eq!(said, ["1 client --> end of file after 1 byte, closed"]);
    }

    #[test]
    fn quiet_shows_only_what_is_no_piece() {
        let options = Options { quiet: true, ..OPTIONS };
        let end = What::End { direction: THERE, total: 5, half: true };
        let end = Event { at: 0, connection: 1, what: end };
        let events = [arrived(0, 0, b"hello"), sent(b"x", &["flip"]), end];
        let expected = ["1 client --> end of file after 5 bytes, half closed"];
        assert_eq!(lines(options, &events), expected);
    }

    #[test]
    fn the_faults_stand_behind_what_they_sent_or_below_it() {
        let [line] = &lines(OPTIONS, &[sent(b"ab", &["split", "flip"])])[..] else {
            panic!()
        };
        assert!(line.ends_with("ab  *split *flip") && line.contains("  sent -->"));
        let narrow = Options { width: 50, ..OPTIONS };
        let lines = lines(narrow, &[sent(b"ab", &["half-close-after"])]);
        assert!(lines[1].trim_start() == "*half-close-after");
    }

    #[test]
    fn frames_stand_over_the_pieces_and_no_line_is_too_wide() {
        let bytes = b"\0\0\0\x05hello\0\0\0\x02";
        let options = Options { frames: true, times: false, ..OPTIONS };
        let events = [arrived(0, 0, bytes), arrived(0, 13, b"hi")];
        let expected = [
            "1 client -->    @0   13 B",
            r"   @0 length 5             00 00 00 05              \0\0\0\x05",
            "   @4 body of 5            68 65 6c 6c 6f           hello",
            r"   @9 length 2             00 00 00 02              \0\0\0\x02",
            "1 client -->   @13    2 B",
            "   @13 body of 2           68 69                    hi",
        ];
        assert_eq!(lines(options, &events), expected);
        for width in 50..120 {
            let options = Options { width, ..options };
            let lines = lines(options, &events);
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
        }
    }
}
