//! Usage: ex_4_3 [--silence SECONDS] [ADDR] (exercise 4.3: read until silence)

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Usage: ex_4_3 [--silence SECONDS] [ADDR]

Lesson 4's client; it takes for the answer all that comes until nothing has come for
so long (default 0.5). That is wrong too.
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let silence = args.seconds("--silence")?.unwrap_or(Duration::from_millis(500));
    let addr = args.address(remote_shell::DEFAULT_ADDR)?;
    args.finish()?;

    let stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    stream.set_read_timeout(Some(silence))?;
    talk(stream).map_err(cli::context(addr))?;
    Ok(())
}

fn talk(mut stream: TcpStream) -> io::Result<()> {
    for line in cli::lines() {
        let command = line?;
        if command.is_empty() {
            continue;
        }
        stream.write_all(&command).map_err(cli::context("cannot write"))?;
        print_until_silence(&mut stream)?;
    }
    Ok(())
}

/// Prints what comes as it comes: an answer of any length takes 1 KiB of memory.
fn print_until_silence(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; remote_shell::READ_SIZE];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => {
                let text = "the server closed the connection";
                return Err(io::Error::new(ErrorKind::UnexpectedEof, text));
            }
            Ok(size) => cli::print(&buffer[..size]),
            // The time-out, on Unix and on Windows.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut
                ) =>
            {
                return Ok(());
            }
            // Stopped and continued (Ctrl-Z, fg): nothing has been said about silence.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(cli::context("cannot read")(error)),
        }
    }
}
