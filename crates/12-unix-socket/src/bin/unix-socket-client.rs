//! Usage: `unix-socket-client [PATH]`

use std::path::PathBuf;
use std::process::ExitCode;

use unix_socket::{ask, connect, default_path, explain};

const USAGE: &str = "\
Usage: unix-socket-client [PATH]

Sends each line that you type and prints the answer, until the end of input (Ctrl-D)
or the line quit. Empty lines are skipped.

  PATH        the server's socket (default: unix-socket.sock in XDG_RUNTIME_DIR, or in
              the temporary folder)
  -h, --help  print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let path = args.positional()?.map_or_else(default_path, PathBuf::from);
    args.finish()?;

    let mut stream = connect(&path)
        .map_err(|error| explain("cannot connect to", &path, &error))?;
    for line in cli::lines() {
        let line = line?;
        if !line.is_empty() {
            let answer =
                ask(&mut stream, &line).map_err(cli::context(path.display()))?;
            cli::print_line(&answer);
        }
    }
    Ok(())
}
