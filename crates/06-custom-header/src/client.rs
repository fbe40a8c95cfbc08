//! The client's part: an answer is read as long as its header says.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use cli::{complain, context};

use crate::{Header, MAX_COMMAND, read_frame, write_frame};

/// Sends each line that is typed, and shows its answer before the next.
///
/// # Errors
///
/// The connection's, or an answer that is none; a refusal is shown, and all goes on.
pub fn talk(mut stream: TcpStream) -> io::Result<()> {
    for line in cli::lines() {
        let line = line?;
        if !line.is_empty() {
            write_frame(&mut stream, &line).map_err(context("cannot write"))?;
            show_answer_or_refusal(&mut stream)?;
        }
    }
    Ok(())
}

/// Sends all lines that are typed with one write, and then shows their answers.
///
/// # Errors
///
/// As [`talk`]; `InvalidInput` beyond 64 KiB: who writes without reading fills the
/// buffers of both sides, and then both wait for ever (lesson 2).
pub fn talk_at_once(mut stream: TcpStream) -> io::Result<()> {
    let mut frames = Vec::new();
    let mut count = 0;
    for line in cli::lines() {
        let line = line?;
        if !line.is_empty() {
            write_frame(&mut frames, &line)?;
            count += 1;
        }
    }
    if frames.len() > MAX_COMMAND {
        let text = format!(
            "{} bytes at once, expected at most {MAX_COMMAND}: with more, both sides \
             could wait for ever",
            frames.len()
        );
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    stream.write_all(&frames).map_err(context("cannot write"))?;
    (0..count).try_for_each(|_| show_answer_or_refusal(&mut stream))
}

/// Sends the bytes of one request, right or wrong, and shows its answer. Returns the
/// exit status: the command's, or 1 if it has none or if that does not fit.
///
/// # Errors
///
/// As [`talk`], and a refusal.
pub fn ask_once(mut stream: TcpStream, request: &[u8]) -> io::Result<u8> {
    stream.write_all(request).map_err(context("cannot write"))?;
    let code = show_answer(&mut stream)?;
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn show_answer_or_refusal(stream: &mut TcpStream) -> io::Result<()> {
    match show_answer(stream) {
        Ok(None | Some(0)) => {}
        Ok(Some(code)) => complain(format!("exit status {code}")),
        // The stream is in step, and the next command may be a better one. But behind a
        // line of more than MAX_COMMAND the server closes: then that one has no answer.
        Err(error) if error.kind() == ErrorKind::Other => complain(error),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Shows an answer, stdout on stdout and stderr on stderr. Returns the exit status, if
/// the command has ended by itself.
fn show_answer(stream: &mut TcpStream) -> io::Result<Option<i32>> {
    let header = read_header(stream)?;
    read_body(stream, header.stdout_size, cli::print)?;
    read_body(stream, header.total_size - header.stdout_size, |piece| {
        let _ = io::stderr().write_all(piece); // nobody may hear it
    })?;
    match header.exit_code {
        _ if header.truncated => {
            complain("the server has stopped the command: too much output");
            return Ok(None); // whatever else it says, this is no success
        }
        None => complain("the command was stopped, by a signal or the time limit"),
        Some(_) => {}
    }
    Ok(header.exit_code)
}

/// Reads the header of an answer. What it promises is in the stream behind it:
/// `stdout_size` bytes and then the rest of `total_size`, for [`read_body`].
///
/// # Errors
///
/// `UnexpectedEof` if the server closes before or in the header, `InvalidData` if that
/// is too long or no header, `Other` if the server has refused the request.
pub fn read_header(reader: &mut impl Read) -> io::Result<Header> {
    let payload = read_frame(reader, MAX_COMMAND)
        .map_err(context("cannot read the header"))?
        .ok_or_else(|| {
            let text = "the server closed the connection before its answer";
            io::Error::new(ErrorKind::UnexpectedEof, text)
        })?;
    let header =
        Header::from_json(&payload).map_err(context("cannot read the header"))?;
    match header.error {
        // Quoted: it must not steer the terminal.
        Some(error) => {
            Err(io::Error::other(format!("the server refuses: {error:?}")))
        }
        None => Ok(header),
    }
}

/// Reads `size` bytes and hands them to `take`, piece by piece as they come: however
/// large the answer is, it takes 64 KiB of memory.
///
/// # Errors
///
/// `UnexpectedEof` if the server closes before that.
pub fn read_body(
    reader: &mut impl Read,
    size: u64,
    mut take: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut left = size;
    while left > 0 {
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match reader.read(&mut buffer[..room]) {
            Ok(0) => {
                let text = format!(
                    "answer cut: end of file after {} of {size} bytes",
                    size - left
                );
                return Err(io::Error::new(ErrorKind::UnexpectedEof, text));
            }
            Ok(read) => {
                take(&buffer[..read]);
                left -= read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(context("cannot read")(error)),
        }
    }
    Ok(())
}
