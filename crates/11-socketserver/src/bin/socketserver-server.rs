//! Usage: `socketserver-server [OPTIONS] [ADDR]`

use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;

use cli::context;
use socketserver::{DEFAULT_ADDR, GRACE, Model, UnixSource, UpperCase};
use socketserver::{hear_stops, serve_until, start};

const USAGE: &str = "\
Usage: socketserver-server [OPTIONS] [ADDR]

Sends every byte back in upper case, whatever the socket. Ctrl-C ends it, twice at once.

  ADDR             IP:PORT (default 127.0.0.1:7011; port 0: any free one)
  --udp            receive datagrams there, too
  --unix PATH      listen on a Unix socket, too (at most 107 bytes)
  --one            one after the other, the rest waits (default: a thread for each)
  --max-clients N  refuse further ones (default 1024; each takes two descriptors)
  --grace SECONDS  how long conversations may go on after Ctrl-C (default 5; 0: they
                   are cut at once)
  -h, --help       print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let with_udp = args.flag("--udp");
    let path = args.option::<PathBuf>("--unix", "a path")?;
    let one = args.flag("--one");
    let limit = args.number("--max-clients", 1..=1_000_000)?.unwrap_or(1024);
    let grace = args.seconds_from_zero("--grace")?.unwrap_or(GRACE);
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;

    let stops = hear_stops()?;
    let model = if one { Model::One } else { Model::Threads(limit) };
    let listener = TcpListener::bind(addr)
        .map_err(context(format!("cannot listen on {addr}")))?;
    let addr = listener.local_addr()?;
    println!("listening on {addr}");
    let mut servers = vec![start(listener, UpperCase, model)?];
    if with_udp {
        let socket = UdpSocket::bind(addr)
            .map_err(context(format!("cannot listen on {addr}")))?;
        println!("listening on {addr}, UDP");
        servers.push(start(socket, UpperCase, Model::One)?);
    }
    if let Some(path) = path {
        let source = UnixSource::bind(&path).map_err(|error| {
            unix_socket::explain("cannot listen on", &path, &error)
        })?;
        println!("listening on {}", path.display());
        servers.push(start(source, UpperCase, model)?);
    }
    serve_until(stops, grace, servers);
    Ok(())
}
