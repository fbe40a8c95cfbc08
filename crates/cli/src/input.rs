//! What somebody types.

use std::io::{self, BufRead, IsTerminal, Write};
use std::iter;

use crate::context;

/// The lines of standard input, as bytes without their line ends, until the end of
/// input or the line `quit`; with a prompt for each if somebody types them and sees it.
///
/// A line may be as long as there is memory: it comes from the reader of the course,
/// not from a peer.
pub fn lines() -> impl Iterator<Item = io::Result<Vec<u8>>> {
    let mut input = io::stdin().lock();
    let on_terminal = input.is_terminal() && io::stdout().is_terminal();
    iter::from_fn(move || {
        if on_terminal {
            print!("> ");
            io::stdout().flush().ok()?;
        }
        let line = next_line(&mut input).transpose();
        if on_terminal && line.is_none() {
            println!(); // Ctrl-D leaves the cursor behind the prompt
        }
        line.filter(|line| !matches!(line.as_deref(), Ok(b"quit")))
    })
}

fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let size = input.read_until(b'\n', &mut line);
    if size.map_err(context("cannot read standard input"))? == 0 {
        return Ok(None);
    }
    let text = line.strip_suffix(b"\n").unwrap_or(&line);
    Ok(Some(text.strip_suffix(b"\r").unwrap_or(text).to_vec()))
}

#[cfg(test)]
mod tests {
    use super::next_line;
    use std::io::{self, BufReader, ErrorKind, Read};

    #[test]
    fn lines_are_bytes_without_their_ends() {
        let mut input: &[u8] = b"one\n\r\n\xff two\r\nlast";
        let mut next = || next_line(&mut input).unwrap();
        assert_eq!(next().as_deref(), Some(&b"one"[..]));
        assert_eq!(next().as_deref(), Some(&b""[..]));
        assert_eq!(next().as_deref(), Some(&b"\xff two"[..]));
        assert_eq!(next().as_deref(), Some(&b"last"[..]));
        assert_eq!(next(), None);
    }

    #[test]
    fn an_input_that_cannot_be_read_is_named() {
        struct Folder;
        impl Read for Folder {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(ErrorKind::IsADirectory.into())
            }
        }
        let error = next_line(&mut BufReader::new(Folder)).unwrap_err();
        assert!(error.to_string().starts_with("cannot read standard input: "));
    }
}
