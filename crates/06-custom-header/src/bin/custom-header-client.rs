//! Usage: `custom-header-client [--at-once | --send FILE] [ADDR] [-- COMMAND]`

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;

use custom_header::write_frame;

const USAGE: &str = "\
Usage: custom-header-client [--at-once | --send FILE] [ADDR] [-- COMMAND]

Sends each line that you type as a command and prints its answer, until the end of
input (Ctrl-D; Ctrl-Z and Enter on Windows) or the line quit.

  ADDR         IP:PORT of the server (default 127.0.0.1:7006)
  -- COMMAND   run this one and end with its exit status
  --at-once    send all lines with one write, then read the answers
  --send FILE  send FILE as it is, then read one answer (a cut frame gets none)
  -h, --help   print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let at_once = args.flag("--at-once");
    let file = args.option::<PathBuf>("--send", "a file")?;
    let addr = args.address_if_any(custom_header::DEFAULT_ADDR)?;
    let mut words = Vec::new();
    while let Some(word) = args.positional()? {
        words.push(word);
    }
    let ways = [at_once, file.is_some(), !words.is_empty()];
    if ways.iter().filter(|way| **way).count() > 1 {
        let text = "expected only one of --at-once, --send and a command";
        return Err(cli::Error::Usage(text.to_string()));
    }

    let mut request = Vec::new();
    match file {
        Some(file) => {
            request = fs::read(&file)
                .map_err(cli::context(format!("cannot read {}", file.display())))?;
        }
        None => write_frame(&mut request, words.join(" ").as_bytes())?,
    }

    let stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    let status = match ways {
        [true, ..] => custom_header::talk_at_once(stream).map(|()| 0),
        [_, false, false] => custom_header::talk(stream).map(|()| 0),
        _ => custom_header::ask_once(stream, &request),
    };
    match status.map_err(cli::context(addr))? {
        0 => Ok(()),
        status => Err(cli::Error::Status(status)),
    }
}
