//! Usage: `hmac-auth-server [--key-file FILE] [--auth-timeout SECONDS] [ADDR]`

use std::net::TcpListener;
use std::process::ExitCode;

use hmac_auth::{DEFAULT_ADDR, DEFAULT_AUTH_TIMEOUT, Server};

const USAGE: &str = "\
Usage: hmac-auth-server [--key-file FILE] [--auth-timeout SECONDS] [ADDR]

Serves clients that prove that they know the key: every byte comes back in upper
case. Ctrl-C ends the server.

  ADDR                    IP:PORT to listen on (default 127.0.0.1:7009; port 0: any
                          free one)
  --key-file FILE         the key, 16 bytes or more; one line end at its end does not
                          count (default: the environment variable HMAC_AUTH_KEY)
  --auth-timeout SECONDS  how long the whole answer of a client may take (default 10)
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let key_file = hmac_auth::key_file(args)?;
    let auth_timeout = args.seconds("--auth-timeout")?;
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;

    let key = hmac_auth::read_key(key_file.as_deref())?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    let auth_timeout = auth_timeout.unwrap_or(DEFAULT_AUTH_TIMEOUT);
    hmac_auth::serve(&listener, Server { key, auth_timeout })
}
