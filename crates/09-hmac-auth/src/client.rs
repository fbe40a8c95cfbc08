//! The client: it answers the challenge, in the right way or in those that the
//! chapter needs, and then talks as lesson 2's.

use std::io::{self, BufRead, ErrorKind, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use cli::context;

use crate::{receive, tag};

/// Where the answer comes from.
pub enum Answer {
    /// Made with this key, as it should be.
    Key(Vec<u8>),
    /// These bytes, whatever the challenge is: recorded from another connection.
    Recorded(Vec<u8>),
}

impl Answer {
    /// Reads a recorded one.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn recorded(file: &Path) -> io::Result<Self> {
        let bytes = cli::read_file(file);
        let bytes =
            bytes.map_err(context(format!("cannot read {}", file.display())))?;
        Ok(Answer::Recorded(bytes))
    }
}

/// How the answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// With one write.
    AtOnce,
    /// Each byte with a write of its own.
    ByteByByte,
    /// So many bytes, and the others when Enter is typed.
    PauseAfter(usize),
}

impl Sending {
    /// What `--byte-by-byte` and `--pause-after` say.
    ///
    /// # Errors
    ///
    /// Wrong usage: both at once, or no number.
    pub fn from_args(args: &mut cli::Args) -> Result<Self, cli::Error> {
        let byte_by_byte = args.flag("--byte-by-byte");
        match args.option("--pause-after", "a number of bytes")? {
            Some(_) if byte_by_byte => {
                let text = "expected only one of --byte-by-byte and --pause-after";
                Err(cli::Error::Usage(text.to_string()))
            }
            Some(size) => Ok(Sending::PauseAfter(size)),
            None if byte_by_byte => Ok(Sending::ByteByByte),
            None => Ok(Sending::AtOnce),
        }
    }
}

/// Waits for the challenge, at most `timeout`, and answers it. Returns the answer,
/// or `None` if the input ended in a pause. Whether the answer was right, the server
/// does not say.
///
/// # Errors
///
/// `TimedOut` or `UnexpectedEof` if there was no whole challenge; otherwise the
/// system's.
pub fn authenticate(
    stream: &mut TcpStream,
    answer: &Answer,
    sending: Sending,
    timeout: Duration,
) -> io::Result<Option<Vec<u8>>> {
    let challenge = receive(stream, "challenge", timeout)?;
    let answer = match answer {
        Answer::Key(key) => tag(key, &challenge).to_vec(),
        Answer::Recorded(bytes) => bytes.clone(),
    };
    let sent = match sending {
        Sending::AtOnce => stream.write_all(&answer).map(|()| true),
        Sending::ByteByByte => send_byte_by_byte(stream, &answer).map(|()| true),
        Sending::PauseAfter(size) => send_with_pause(stream, &answer, size),
    };
    Ok(sent.map_err(context("cannot write")).map_err(explain)?.then_some(answer))
}

fn send_byte_by_byte(stream: &mut TcpStream, answer: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?; // or all but the first would go together
    answer.iter().try_for_each(|byte| stream.write_all(&[*byte]))
}

/// False if the input ended: the rest has not been sent.
fn send_with_pause(
    stream: &mut TcpStream,
    answer: &[u8],
    size: usize,
) -> io::Result<bool> {
    let (first, rest) = answer.split_at(size.min(answer.len()));
    stream.write_all(first)?;
    println!("paused after {} bytes, Enter goes on", first.len());
    let typed = io::stdin().lock().skip_until(b'\n')?;
    if typed > 0 {
        stream.write_all(rest)?;
    }
    Ok(typed > 0)
}

/// Sends each line that is typed and prints its answer, as lesson 2's client.
///
/// # Errors
///
/// Those of `comm_loop::ask`; what looks like a refusal of our answer to the
/// challenge is said to be one.
pub fn talk(stream: &mut TcpStream) -> io::Result<()> {
    let mut accepted = false;
    for line in cli::lines() {
        let line = line?;
        if line.is_empty() {
            continue;
        }
        let reply = comm_loop::ask(stream, &line)
            .map_err(|error| if accepted { error } else { explain(error) })?;
        accepted = true;
        cli::print_line(&reply);
    }
    Ok(())
}

/// A server that refuses says nothing: its close arrives as one or the other of
/// these, depending on what was on its way just then.
fn explain(error: io::Error) -> io::Error {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        kind
        @ (UnexpectedEof | ConnectionReset | BrokenPipe | ConnectionAborted) => {
            let text = "the server closed before its first answer was complete\n  \
                        Perhaps the keys differ, or our answer came too late \
                        (its log says which), or it has ended.";
            io::Error::new(kind, text)
        }
        _ => error,
    }
}
