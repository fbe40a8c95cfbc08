//! Usage: `remote-shell-client [--read-size BYTES] [ADDR]`

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: remote-shell-client [--read-size BYTES] [ADDR]

Sends each line that you type as a command and prints the answer: what one read
returns, which is wrong, and what this lesson shows. Ends with the input (Ctrl-D;
Ctrl-Z and Enter on Windows) or the line quit.

  ADDR               IP:PORT of the server (default 127.0.0.1:7004)
  --read-size BYTES  how many bytes that one read takes at most (default 1024)
  -h, --help         print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let read_size = args.number("--read-size", 1..=65_536)?;
    let addr = args.address(remote_shell::DEFAULT_ADDR)?;
    args.finish()?;

    let stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    talk(stream, read_size.unwrap_or(remote_shell::READ_SIZE))
        .map_err(cli::context(addr))?;
    Ok(())
}

fn talk(mut stream: TcpStream, read_size: usize) -> io::Result<()> {
    let mut buffer = vec![0; read_size];
    for line in cli::lines() {
        let command = line?;
        if command.is_empty() {
            continue;
        }
        stream.write_all(&command).map_err(cli::context("cannot write"))?;
        let size = stream.read(&mut buffer).map_err(cli::context("cannot read"))?;
        if size == 0 {
            let text = "the server closed the connection";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        let answer = &buffer[..size];
        cli::print_line(answer.strip_suffix(b"\n").unwrap_or(answer));
    }
    Ok(())
}
