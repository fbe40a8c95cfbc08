//! Usage: `sticky-packet-client [OPTION]... [ADDR] [MESSAGE]...`

use std::io::{self, ErrorKind};
use std::iter;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Usage: sticky-packet-client [OPTION]... [ADDR] [MESSAGE]...

Sends each MESSAGE with one write, then closes. Without any it sends each line that
you type, until the end of input (Ctrl-D; Ctrl-Z and Enter on Windows) or quit.

  ADDR                 IP:PORT of the server (default 127.0.0.1:7005)
  MESSAGE              what to send (behind -- if it looks like an address)
  --repeat N           send each message N times over, as one of at most 64 MiB
  --pause MS           wait so many milliseconds between writes (at most 65535)
  --nodelay            switch Nagle's algorithm off (TCP_NODELAY)
  --framed [--little]  send the length in front of each message: 4 bytes, big-endian
                       or little-endian; such a message has at most 1 MiB
  -h, --help           print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let repeat = args.option("--repeat", "a whole number")?.unwrap_or(1);
    let pause = args.option::<u16>("--pause", "a number from 0 to 65535")?;
    let nodelay = args.flag("--nodelay");
    let framing = sticky_packet::framing(args)?;
    let addr = args.address_if_any(sticky_packet::DEFAULT_ADDR)?;
    let words = iter::from_fn(|| args.positional().transpose())
        .collect::<Result<Vec<_>, _>>()?;

    let messages: Box<dyn Iterator<Item = io::Result<Vec<u8>>>> = if words.is_empty()
    {
        Box::new(cli::lines())
    } else {
        Box::new(words.into_iter().map(|word| Ok(word.into_bytes())))
    };
    let pause = Duration::from_millis(pause.unwrap_or(0).into());
    let messages = messages.map(|message| repeated(&message?, repeat));
    let stream = TcpStream::connect(addr)
        .map_err(cli::context(format!("cannot connect to {addr}")))?;
    stream.set_nodelay(nodelay).map_err(cli::context("setsockopt TCP_NODELAY"))?;
    sticky_packet::send(stream, messages, framing, pause)
        .map_err(cli::context(addr))?;
    Ok(())
}

fn repeated(message: &[u8], times: usize) -> io::Result<Vec<u8>> {
    if message.len().saturating_mul(times) > 64 << 20 {
        let text = format!("--repeat {times} makes a message longer than 64 MiB");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    Ok(message.repeat(times))
}
