//! The answer to a request: the command's outputs behind a header that tells their sizes.

use std::io::{self, BufWriter, Write};
use std::net::{SocketAddr, TcpStream};

use cli::{context, show};
use remote_shell::{Cancel, End, Limits, Output, run};

use crate::{Header, invalid, write_frame};

/// Runs the command of a request, and answers it; a command that was ended because the
/// client has left gets no answer.
///
/// # Errors
///
/// The connection's.
pub fn answer(
    stream: &TcpStream,
    peer: SocketAddr,
    request: &[u8],
    limits: Limits,
    cancel: &Cancel,
) -> io::Result<()> {
    let shown = show(request);
    match command(request).and_then(|command| run(command, limits, cancel)) {
        Ok(Output { end: End::Cancelled, .. }) => {
            println!("{peer} {shown}: {}", End::Cancelled);
            Ok(())
        }
        Ok(output) => {
            println!("{peer} {shown}: {output}");
            let bodies = [&output.stdout[..], &output.stderr[..]];
            write_answer(stream, &header(&output), bodies)
        }
        Err(error) => {
            println!("{peer} {shown}: refused, {error}");
            write_answer(stream, &Header::refusal(error), [b"", b""])
        }
    }
}

/// The text of a request, if it can be a command.
fn command(request: &[u8]) -> io::Result<&str> {
    match str::from_utf8(request) {
        Err(_) => Err(invalid("the command is not UTF-8")),
        Ok("") => Err(invalid("the command is empty")),
        Ok(text) if text.contains('\0') => Err(invalid("the command holds a NUL")),
        Ok(text) => Ok(text),
    }
}

fn header(output: &Output) -> Header {
    let Output { stdout, stderr, end } = output;
    Header {
        total_size: (stdout.len() + stderr.len()) as u64,
        stdout_size: stdout.len() as u64,
        exit_code: match end {
            End::Exited(code) => Some(*code),
            _ => None,
        },
        truncated: *end == End::TooMuch,
        error: None,
    }
}

/// Writes a header and what it announces: stdout's bytes, stderr's bytes.
///
/// # Errors
///
/// The connection's.
pub fn write_answer(
    stream: &TcpStream,
    header: &Header,
    [stdout, stderr]: [&[u8]; 2],
) -> io::Result<()> {
    // So that a short answer is one write: see `write_frame`.
    let mut writer = BufWriter::new(stream);
    write_frame(&mut writer, &header.to_json())
        .and_then(|()| writer.write_all(stdout))
        .and_then(|()| writer.write_all(stderr))
        .and_then(|()| writer.flush())
        .map_err(context("cannot write"))
}
