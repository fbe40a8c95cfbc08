//! Usage: `hmac-auth-client [OPTIONS] [ADDR]`

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;

use cli::{Error, context};
use hmac_auth::{Answer, DEFAULT_ADDR, DEFAULT_AUTH_TIMEOUT, Sending};

const USAGE: &str = "\
Usage: hmac-auth-client [OPTIONS] [ADDR]

Proves that it knows the key, then sends each line that you type and prints the
answer, until the end of input or the line quit.

  ADDR                    IP:PORT of the server (default 127.0.0.1:7009)
  --key-file FILE         the key, 16 bytes or more; one line end at its end does not
                          count (default: the environment variable HMAC_AUTH_KEY)
  --auth-timeout SECONDS  how long to wait for the whole challenge (default 10)
  --record FILE           write the answer to the challenge to FILE
  --replay FILE           answer the challenge with FILE, without any key
  --byte-by-byte          send each byte of the answer by itself
  --pause-after BYTES     wait for Enter after so many bytes of the answer
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), Error> {
    let key_file = hmac_auth::key_file(args)?;
    let timeout = args.seconds("--auth-timeout")?.unwrap_or(DEFAULT_AUTH_TIMEOUT);
    let record: Option<PathBuf> = args.option("--record", "a file")?;
    let replay: Option<PathBuf> = args.option("--replay", "a file")?;
    let sending = Sending::from_args(args)?;
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;

    let answer = match (replay, key_file) {
        (Some(_), Some(_)) => {
            let text = "expected only one of --key-file and --replay";
            return Err(Error::Usage(text.to_string()));
        }
        (Some(file), None) => Answer::recorded(&file)?,
        (None, file) => Answer::Key(hmac_auth::read_key(file.as_deref())?),
    };
    let mut stream = TcpStream::connect(addr)
        .map_err(context(format!("cannot connect to {addr}")))?;
    let sent = hmac_auth::authenticate(&mut stream, &answer, sending, timeout)
        .map_err(context(addr))?;
    let Some(sent) = sent else { return Ok(()) };
    if let Some(file) = record {
        fs::write(&file, sent).map_err(context("cannot write the record"))?;
    }
    Ok(hmac_auth::talk(&mut stream).map_err(context(addr))?)
}
