//! Usage: `reuseaddr-server [--reuse on|off] [--backlog N] [--hold] [ADDR]`

use std::process::ExitCode;
use std::thread;

const USAGE: &str = "\
Usage: reuseaddr-server [--reuse on|off] [--backlog N] [--hold] [ADDR]

Serves one client after the other in upper case; Ctrl-C ends it, connections and all.

  ADDR            IP:PORT to listen on (default 127.0.0.1:7003; port 0: any free one)
  --reuse on|off  SO_REUSEADDR on the listening socket (default on, as std on Unix)
  --backlog N     how many connections may wait for accept (default 5)
  --hold          listen, but never accept
  -h, --help      print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let reuse = match args.option::<String>("--reuse", "on or off")?.as_deref() {
        None | Some("on") => true,
        Some("off") => false,
        Some(other) => {
            let text = format!("--reuse {other:?} is wrong, expected on or off");
            return Err(cli::Error::Usage(text));
        }
    };
    let backlog = args.option::<u16>("--backlog", "a number from 0 to 65535")?;
    let hold = args.flag("--hold");
    let addr = args.address(reuseaddr::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = reuseaddr::listen(addr, reuse, backlog.unwrap_or(5).into())
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    let local = listener.local_addr()?.as_socket().unwrap_or(addr);
    println!("listening on {local}");
    if hold {
        loop {
            thread::park();
        }
    }
    reuseaddr::serve(&listener)
}
