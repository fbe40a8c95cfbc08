//! A program that does nothing but end in each possible way: for the tests, and to copy.

use std::net::TcpListener;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: greet [--fail | --endless] [ADDR]

Says where it would go (default 127.0.0.1:7000).
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let fail = args.flag("--fail");
    let endless = args.flag("--endless");
    let addr = args.address("127.0.0.1:7000")?;
    args.finish()?;
    if fail {
        let addr = "192.0.2.1:1"; // kept for documentation: never this machine's
        TcpListener::bind(addr)
            .map_err(cli::context(format!("cannot listen on {addr}")))?;
    }
    if endless {
        loop {
            cli::print_line(b"again");
        }
    }
    println!("to {addr}");
    Ok(())
}
