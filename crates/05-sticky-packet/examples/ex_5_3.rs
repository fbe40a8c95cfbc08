//! Usage: ex_5_3 [ADDR] (exercise 5.3: a message is a line)

use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::TcpListener;
use std::process::ExitCode;

use cli::{complain, context, show};

const USAGE: &str = "\
Usage: ex_5_3 [ADDR]

Takes each line of at most 1024 bytes for a message, and prints it.
";

/// The longest line, in bytes, without its newline.
const MAX_LINE: usize = 1024;

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(sticky_packet::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().map_err(context("cannot accept"))?;
        println!("{peer} connected");
        // One BufReader for all lines: it has read ahead what the next one needs.
        if let Err(error) = receive_lines(BufReader::new(stream)) {
            complain(format!("ex_5_3: {peer}: {error}"));
        }
    }
}

fn receive_lines(mut reader: impl BufRead) -> io::Result<()> {
    while let Some(line) = read_line(&mut reader)? {
        println!("line of {} bytes: {}", line.len(), show(&line));
    }
    println!("no more lines: end of file");
    Ok(())
}

/// Reads one line, without its newline; `None` at the end of file where a line could
/// begin.
///
/// # Errors
///
/// `InvalidData` if the line is longer than [`MAX_LINE`]: the rest is not read.
/// `UnexpectedEof` if it is cut. Otherwise the reader's.
pub fn read_line(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader
        .take(MAX_LINE as u64 + 1)
        .read_until(b'\n', &mut line)
        .map_err(context("cannot read"))?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() == MAX_LINE => {
            let text = format!("a line is over the limit of {MAX_LINE} bytes");
            Err(io::Error::new(ErrorKind::InvalidData, text))
        }
        Some(_) => {
            let text = "line cut: end of file before its newline";
            Err(io::Error::new(ErrorKind::UnexpectedEof, text))
        }
    }
}
