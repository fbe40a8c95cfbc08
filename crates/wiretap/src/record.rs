//! A session as a file: JSON Lines, one event a line, behind a line about the
//! session.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::fault::Faults;

/// The version of the format, the member `wiretap` of the first line.
pub const VERSION: u32 = 1;

/// A longer line is none of ours: `--glue` holds 16 MiB and what one read adds, and
/// bytes take twice as many digits.
const MAX_LINE: u64 = 33 * 1024 * 1024;

/// The first line of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// [`VERSION`].
    pub wiretap: u32,
    /// What carried the bytes.
    pub transport: Transport,
    /// Where the relay listened.
    pub listen: String,
    /// Where the server was.
    pub to: String,
    /// The faults at the beginning: client to server, server to client.
    pub faults: [Faults; 2],
}

/// What carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A stream.
    Tcp,
    /// Datagrams.
    Udp,
    /// A stream between two programs of one machine, by a path.
    Unix,
}

/// Writes one line: the session, or an event.
///
/// # Errors
///
/// The writer's.
pub fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// A record that is being read: its session, and then its events as an iterator.
#[derive(Debug)]
pub struct Record<R> {
    input: BufReader<R>,
    line: u64,
    /// What its first line says.
    pub session: Session,
}

impl<R: Read> Record<R> {
    /// Reads the first line.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is no record or one of another version, the reader's.
    pub fn open(input: R) -> io::Result<Self> {
        let mut input = BufReader::new(input);
        let line = next_line(&mut input)?.unwrap_or_default();
        let expected = r#"expected a record of wiretap, {"wiretap": 1, ...}"#;
        let version = serde_json::from_slice::<serde_json::Value>(&line)
            .ok()
            .and_then(|line| line.get("wiretap")?.as_u64());
        match version {
            None => return Err(wrong(1, expected)),
            Some(version) if version != u64::from(VERSION) => {
                let text = format!("version {version}, expected {VERSION}");
                return Err(wrong(1, text));
            }
            Some(_) => {}
        }
        let session =
            serde_json::from_slice(&line).map_err(|error| wrong(1, error))?;
        Ok(Record { input, line: 1, session })
    }

    fn next_event(&mut self) -> io::Result<Option<Event>> {
        self.line += 1;
        let Some(line) = next_line(&mut self.input)? else {
            return Ok(None);
        };
        let number = self.line;
        serde_json::from_slice(&line).map(Some).map_err(|error| {
            if line.ends_with(b"\n") {
                return wrong(number, error);
            }
            if line.len() as u64 == MAX_LINE {
                return wrong(number, "longer than any line of a record");
            }
            let text = format!(
                "line {number} is cut: the record ends there, as it does if wiretap \
                 was killed"
            );
            io::Error::new(ErrorKind::UnexpectedEof, text)
        })
    }
}

/// An error is `InvalidData` with the line's number, or `UnexpectedEof` if the last
/// line is cut: then all that stands before it is right.
impl<R: Read> Iterator for Record<R> {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_event().transpose()
    }
}

/// A line with its end, if it has one.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(MAX_LINE).read_until(b'\n', &mut line)?;
    Ok(Some(line).filter(|line| !line.is_empty()))
}

fn wrong(line: u64, text: impl ToString) -> io::Error {
    let text = format!("line {line}: {}", text.to_string());
    io::Error::new(ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "so a test fails")]
    use super::*;
    use crate::event::{Direction, Onward, Piece, What};

    fn session() -> Session {
        Session {
            wiretap: VERSION,
            transport: Transport::Tcp,
            listen: "127.0.0.1:1".into(),
            to: "127.0.0.1:2".into(),
            faults: [
                Faults { split: Some(3), ..Faults::default() },
                Faults::default(),
            ],
        }
    }

    fn events() -> Vec<Event> {
        let direction = Direction::ClientToServer;
        let piece = |bytes: &[u8]| Piece {
            direction,
            offset: 7,
            size: bytes.len(),
            bytes: bytes.to_vec(),
        };
        let text = || "words".to_string();
        let what = [
            What::Connect { client: text(), server: text() },
            What::NoServer { client: text(), server: text(), error: text() },
            What::Arrived {
                piece: piece(b"\x00\xffhi"),
                onward: Onward::AsTheyCame,
            },
            What::Sent { piece: piece(b""), faults: vec![text()] },
            What::End { direction, total: u64::MAX, half: true },
            What::Reset { direction },
            What::TimeOut { direction, text: text() },
            What::Failed { direction, error: text() },
            What::Fault { direction, fault: text(), text: text() },
            What::Faults { faults: session().faults.into() },
            What::Closed {},
        ];
        let event = |(at, what)| Event { at, connection: 1, what };
        (0..).zip(what).map(event).collect()
    }

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        write_line(&mut out, &session()).unwrap();
        events().iter().for_each(|event| write_line(&mut out, event).unwrap());
        out
    }

    #[test]
    fn what_is_written_is_read_again() {
        let bytes = written();
        let record = Record::open(&bytes[..]).unwrap();
        assert_eq!(record.session, session());
        assert_eq!(record.map(Result::unwrap).collect::<Vec<_>>(), events());
    }

    #[test]
    fn the_format_is_the_one_that_is_documented() {
        let text = String::from_utf8(written()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            r#"{"wiretap":1,"transport":"tcp","listen":"127.0.0.1:1","to":"127.0.0.1:2","faults":[{"split":3},{}]}"#
        );
        assert_eq!(
            lines[3],
            r#"{"at":2,"connection":1,"event":"arrived","direction":"client-to-server","offset":7,"size":4,"bytes":"00ff6869","onward":"as-they-came"}"#
        );
    }

    #[test]
    fn cut_anywhere_it_is_read_up_to_there() {
        let whole = written();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for end in first..whole.len() {
            let mut record = Record::open(&whole[..end]).unwrap();
            let lines = whole[..end].iter().filter(|byte| **byte == b'\n').count();
            for event in &events()[..lines.saturating_sub(1)] {
                assert_eq!(&record.next().unwrap().unwrap(), event);
            }
            match record.next() {
                None => {}
                Some(Ok(last)) => assert_eq!(last, events()[lines - 1]), // only \n is missing
                Some(Err(error)) => {
                    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                    let cut = format!("line {} is cut", lines + 1);
                    assert!(error.to_string().starts_with(&cut), "{error}");
                }
            }
        }
    }

    #[test]
    fn a_wrong_record_is_refused_with_the_number_of_the_line() {
        let error = |text: &str| match Record::open(text.as_bytes()) {
            Err(error) => error.to_string(),
            Ok(mut record) => record.find_map(Result::err).unwrap().to_string(),
        };
        let head = serde_json::to_string(&session()).unwrap();
        assert!(error("").starts_with("line 1: expected a record of wiretap"));
        assert!(error("hello\n").starts_with("line 1: expected a record"));
        assert!(
            error("{\"wiretap\": 2}\n").starts_with("line 1: version 2, expected 1")
        );
        assert!(error("{\"wiretap\": 1}\n").starts_with("line 1: missing field"));
        assert!(error(&format!("{head}\n\n")).starts_with("line 2: "));
        let odd = r#"{"at":2,"connection":1,"event":"sent","direction":"client-to-server","offset":7,"size":4,"bytes":"0","faults":[]}"#;
        let text = error(&format!("{head}\n{odd}\n"));
        assert!(text.starts_with("line 2: bytes are pairs"), "{text}");
    }
}
