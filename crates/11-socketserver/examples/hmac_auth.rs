//! Lesson 9 on the framework: who are you?
//!
//! Usage: `hmac_auth [--key-file FILE] [ADDR]`

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use hmac_auth::{DEFAULT_AUTH_TIMEOUT, Server};
use socketserver::{Handler, Model, UpperCase, serve_forever, start};

fn main() -> ExitCode {
    cli::main("Usage: hmac_auth [--key-file FILE] [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let key_file = hmac_auth::key_file(args)?;
    let addr = args.address("127.0.0.1:7009")?;
    args.finish()?;
    let key = hmac_auth::read_key(key_file.as_deref())?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    let server = Server { key, auth_timeout: DEFAULT_AUTH_TIMEOUT };
    Ok(serve_forever(start(listener, Authenticated(server), Model::Threads(1024))?)?)
}

/// A handler that knows something, and calls another one.
pub struct Authenticated(pub Server);

impl Handler<TcpStream> for Authenticated {
    fn handle(&self, stream: &mut TcpStream, peer: &str) -> io::Result<()> {
        self.0.authenticate(stream)?;
        UpperCase.handle(stream, peer)
    }
}
