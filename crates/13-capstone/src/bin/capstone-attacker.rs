//! Usage: `capstone-attacker [OPTIONS] --to ADDR`

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

use capstone::attack::{self, Deed, Victim};
use cli::{Error, context};

const USAGE: &str = "\
Usage: capstone-attacker [OPTIONS] --to ADDR

Stands between one client and the server, knows no key, shows what passes, and does
to one record what it is told to. K is the record's counter; the first is 0.

  --to ADDR      IP:PORT of the server
  --listen ADDR  where the client comes (default 127.0.0.1:8013)
  --answers      the records of the server, not of the client
  --replay K     send record K on twice
  --drop K       do not send it on
  --swap K       send record K + 1 on before it
  --flip K       change a bit of it
  --cut K        end both connections in place of it
  --save FILE    write all frames of this side to FILE
Or it is a client:
  --play FILE    send what was saved once more
  --reflect NAME ask as NAME, and send the server's own proof back
  -h, --help     print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), Error> {
    let expected = "IP:PORT of the server";
    let server: Option<SocketAddr> = args.option("--to", expected)?;
    let listen: Option<SocketAddr> = args.option("--listen", "IP:PORT")?;
    let victim =
        if args.flag("--answers") { Victim::Server } else { Victim::Client };
    let deed = Deed::from_args(args)?;
    let save: Option<PathBuf> = args.option("--save", "a file")?;
    let play: Option<PathBuf> = args.option("--play", "a file")?;
    let reflect: Option<String> = args.option("--reflect", "a user's name")?;
    args.finish()?;

    let server = server
        .ok_or_else(|| Error::Usage(format!("no --to ADDR, expected {expected}")))?;
    if let Some(file) = play {
        return Ok(attack::play(server, &file)?);
    }
    if let Some(user) = reflect {
        return Ok(attack::reflect(server, &user)?);
    }
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8013)));
    let listener = TcpListener::bind(listen)
        .map_err(context(format!("cannot listen on {listen}")))?;
    println!("listening on {}", listener.local_addr()?);
    Ok(attack::relay(&listener, server, victim, deed, save.as_deref())?)
}
