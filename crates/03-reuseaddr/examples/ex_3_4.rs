//! Usage: ex_3_4 PORT (exercise 3.4: whose port is it?)

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: ex_3_4 PORT

Says whether 127.0.0.1:PORT is free, has a live listener, or is only left in
TIME_WAIT (Linux).
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let text = args.positional()?.unwrap_or_default();
    args.finish()?;
    let port: u16 = text.parse().map_err(|_| {
        cli::Error::Usage(format!("{text:?} is wrong, expected PORT, 1 to 65535"))
    })?;

    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let without_reuse = can_listen(addr, false)?;
    let with_reuse = can_listen(addr, true)?;
    let verdict = match (without_reuse, with_reuse) {
        (true, _) => "free",
        (false, true) => "no listener, only old connections (TIME_WAIT)",
        (false, false) => {
            "a live listener, or TIME_WAIT of a server without SO_REUSEADDR"
        }
    };
    println!("{addr}: {verdict}");
    Ok(())
}

/// True if a socket could listen there now. It is closed again at once: nothing may
/// stand in the way of the second attempt.
fn can_listen(addr: SocketAddr, reuse: bool) -> io::Result<bool> {
    match reuseaddr::listen(addr, reuse, 1) {
        Ok(_listener) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(false),
        Err(error) => Err(error),
    }
}
