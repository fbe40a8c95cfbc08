//! Usage: `udp-chat [--contacts FILE] NAME`

use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use udp::Contacts;
use udp::chat::{read_messages, write_messages};

const USAGE: &str = "\
Usage: udp-chat [--contacts FILE] NAME

A messenger: pick a name, write lines, read what others write. quit goes back to the
list of names, and ends there, as does the end of input.

  NAME             who you are: your address stands in the contacts too
  --contacts FILE  JSON, names with addresses, and groups (default contacts.json):
                   {\"ann\": \"127.0.0.1:7081\", \"bob\": \"127.0.0.1:7082\",
                    \"all\": [\"ann\", \"bob\"]}
  -h, --help       print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let file = args.option::<PathBuf>("--contacts", "a file")?;
    let Some(me) = args.positional()? else {
        let text = "no NAME, expected who you are, such as ann";
        return Err(cli::Error::Usage(text.to_string()));
    };
    args.finish()?;

    let file = file.unwrap_or("contacts.json".into());
    let what = format!("cannot read {} (udp-chat --help shows one)", file.display());
    let contacts = cli::read_file(&file)
        .and_then(|json| Contacts::from_json(&json))
        .map_err(cli::context(what))?;
    let addr = contacts.address_of(&me).map_err(cli::context(file.display()))?;
    let socket = UdpSocket::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", socket.local_addr()?);

    let incoming = socket.try_clone().map_err(cli::context("cannot clone"))?;
    let known = contacts.clone();
    thread::spawn(move || read_messages(&incoming, &known));
    write_messages(&socket, &contacts)?;
    Ok(())
}
