//! Usage: `remote-shell-server [--timeout SECONDS] [--max-output BYTES] [--allow-remote] [ADDR]`

use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use remote_shell::Limits;

/// More would not be kept in memory.
const MAX_OUTPUT: usize = 1024 * 1024 * 1024;

const USAGE: &str = "\
Usage: remote-shell-server [--timeout SECONDS] [--max-output BYTES] [--allow-remote] [ADDR]

Runs what a client sends with the system's shell (sh -c), and sends back what it
printed. Serves one client after the other; Ctrl-C ends it.

  ADDR                IP:PORT to listen on (default 127.0.0.1:7004; port 0: any free one)
  --timeout SECONDS   how long a command may run (default 30)
  --max-output BYTES  how much it may print (default 16777216, 16 MiB)
  --allow-remote      listen on an address that other machines can reach: whoever
                      reaches it can run any command here, without a password
  -h, --help          print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let timeout = args.seconds("--timeout")?.unwrap_or(Duration::from_secs(30));
    let max_output = args.number("--max-output", 0..=MAX_OUTPUT)?;
    let max_output = max_output.unwrap_or(16 * 1024 * 1024);
    let danger = "run any command on this one";
    let addr = args.guarded_address(remote_shell::DEFAULT_ADDR, danger)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    remote_shell::serve(&listener, Limits { timeout, max_output })
}
