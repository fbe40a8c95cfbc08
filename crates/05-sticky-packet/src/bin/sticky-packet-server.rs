//! Usage: `sticky-packet-server [--read-size N] [--framed [--little]] [ADDR]`

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::TcpListener;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: sticky-packet-server [--read-size N] [--framed [--little]] [ADDR]

Serves one client after the other, and reads only when you press Enter: one Enter,
one read, whenever it was pressed. A read waits if nothing has come. After the end of
input (Ctrl-D, or </dev/null) it reads without waiting for you.

  ADDR           IP:PORT to listen on (default 127.0.0.1:7005; port 0: any free one)
  --read-size N  how many bytes one read takes at most (default 1024, 1 to 65536)
  --framed       one Enter, one message: a length of 4 bytes, then so many bytes
  --little       the length is little-endian (default: big-endian)
  -h, --help     print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let read_size = args.number("--read-size", 1..=65_536)?.unwrap_or(1024);
    let framing = sticky_packet::framing(args)?;
    let addr = args.address(sticky_packet::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    let mut input_ended = false;
    sticky_packet::serve(&listener, read_size, framing, || {
        input_ended = input_ended || !wait_for_enter();
    })
}

/// False at the end of input. An Enter that was pressed earlier counts at once.
fn wait_for_enter() -> bool {
    let mut input = io::stdin().lock();
    let on_terminal = input.is_terminal() && io::stdout().is_terminal();
    if on_terminal {
        print!("Enter: read ");
        let _ = io::stdout().flush(); // only the prompt would come late
    }
    let pressed = input.skip_until(b'\n').is_ok_and(|size| size > 0);
    if on_terminal && !pressed {
        println!(); // Ctrl-D leaves the cursor behind the prompt
    }
    pressed
}
