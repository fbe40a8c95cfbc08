//! Usage: `custom-header-server [--timeout SECONDS] [--max-output BYTES] [--answer FILE] [--allow-remote] [ADDR]`

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use remote_shell::Limits;

const USAGE: &str = "\
Usage: custom-header-server [--timeout SECONDS] [--max-output BYTES] [--answer FILE]
                            [--allow-remote] [ADDR]

Runs what a client sends with the system's shell (sh -c), and sends back a header and
what it printed. Ctrl-C ends it.

  ADDR                IP:PORT to listen on (default 127.0.0.1:7006; port 0: any free one)
  --timeout SECONDS   how long a command may run (default 30)
  --max-output BYTES  how much it may print (default 16777216, 16 MiB)
  --answer FILE       run nothing: answer each request with the bytes of FILE, as they
                      are, and close (to see what a client makes of them); one
                      client after the other
  --allow-remote      listen on an address that other machines can reach: whoever
                      reaches it can run any command here, without a password
  -h, --help          print this help
";

/// More would not be kept in memory.
const MAX_OUTPUT: usize = 1024 * 1024 * 1024;

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let timeout = args.seconds("--timeout")?.unwrap_or(Duration::from_secs(30));
    let max_output = args.number("--max-output", 0..=MAX_OUTPUT)?;
    let max_output = max_output.unwrap_or(16 * 1024 * 1024);
    let answer = args.option::<PathBuf>("--answer", "a file")?;
    let danger = "run any command on this one";
    let addr = args.guarded_address(custom_header::DEFAULT_ADDR, danger)?;
    args.finish()?;
    let answer = answer.map(|file| {
        fs::read(&file)
            .map_err(cli::context(format!("cannot read {}", file.display())))
    });
    let answer = answer.transpose()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    match answer {
        Some(bytes) => custom_header::serve_bytes(&listener, &bytes),
        None => custom_header::serve(&listener, Limits { timeout, max_output }),
    }
}
