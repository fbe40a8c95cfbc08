//! One viewer: the session so far, and then whatever happens, as server-sent events
//! (HTML standard, 9.2).

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::history::History;
use super::http;

/// Something is written at least so often: so a viewer that has gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where a viewer is to begin.
#[derive(Debug)]
pub struct Start<'a> {
    /// Stands in front of every event's number: another process counts anew.
    pub run: &'a str,
    /// What the browser has seen last, if it was here before.
    pub seen: Option<&'a str>,
}

/// Tells a viewer everything, until it has gone or takes nothing for too long. A
/// browser comes back by itself, and goes on where it was.
///
/// # Errors
///
/// The stream's.
pub fn serve(
    mut stream: TcpStream,
    history: &History,
    session: &str,
    start: &Start,
) -> io::Result<()> {
    let head = http::head(200, "text/event-stream");
    let first =
        format!("{head}\r\nretry: 1000\nevent: session\ndata: {session}\n\n");
    stream.write_all(first.as_bytes())?;
    let mut next = start.next();
    loop {
        let batch = history.from(next, HEARTBEAT);
        next = batch.next;
        let mut text = String::new();
        if batch.missed > 0 {
            text += &format!("event: missed\ndata: {}\n\n", batch.missed);
        }
        text += &match batch.events.is_empty() {
            true => ":\n\n".to_string(),
            false => {
                let (run, events) = (start.run, batch.events.join(","));
                format!("id: {run}-{next}\ndata: [{events}]\n\n")
            }
        };
        stream.write_all(text.as_bytes())?;
    }
}

impl Start<'_> {
    /// The number of the first event that is to be told.
    fn next(&self) -> u64 {
        let number = || {
            let (run, number) = self.seen?.rsplit_once('-')?;
            (run == self.run).then_some(number)?.parse().ok()
        };
        number().unwrap_or(0)
    }
}
