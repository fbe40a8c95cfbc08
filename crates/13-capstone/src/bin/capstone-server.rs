//! Usage: `capstone-server [OPTIONS] --keys FILE [ADDR]`

use std::net::TcpListener;
use std::process::ExitCode;

use capstone::{DEFAULT_ADDR, Server, new_key, serve};
use cli::context;
use socketserver::{GRACE, hear_stops};

const USAGE: &str = "\
Usage: capstone-server [OPTIONS] --keys FILE [ADDR]
       capstone-server --new-key

Runs commands and keeps files for users who prove that they know their keys. What
passes is authenticated, not encrypted. Ctrl-C ends the server, twice at once.

  ADDR                    IP:PORT (default 127.0.0.1:7013; port 0: any free one)
  --keys FILE             a line NAME KEY for each user; nobody else may read it
  --new-key               print a new key, and end
  --folder DIR            where files are and commands run (default: the current one)
  --timeout SECONDS       how long a command may run (default 300)
  --idle-timeout SECONDS  drop who neither sends nor takes for so long (default 60)
  --auth-timeout SECONDS  how long the handshake may take (default 10)
  --max-clients N         so many at once (default 64)
  --max-size BYTES        the largest file that is taken (default: no limit)
  --grace SECONDS         how long clients may go on after Ctrl-C (default 5; 0: not)
  --log FILE              append what clients do to FILE, too, with the time
  --allow-remote          listen on an address that other machines can reach
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    if args.flag("--new-key") {
        args.finish()?;
        println!("{}", new_key()?);
        return Ok(());
    }
    let grace = args.seconds_from_zero("--grace")?.unwrap_or(GRACE);
    let server = Server::from_args(args)?;
    let danger = "run commands here, if they know a key";
    let addr = args.guarded_address(DEFAULT_ADDR, danger)?;
    args.finish()?;

    let stops = hear_stops()?;
    let listener = TcpListener::bind(addr)
        .map_err(context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    println!("authenticated, not encrypted: who listens reads all");
    Ok(serve(listener, server, grace, stops)?)
}
