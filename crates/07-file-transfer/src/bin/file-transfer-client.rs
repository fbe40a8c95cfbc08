//! Usage: `file-transfer-client [OPTIONS] [ADDR] [ls | get NAME | put PATH]`

use std::process::ExitCode;

use cli::{Error, context};
use file_transfer::{Client, Command, DEFAULT_ADDR, Failure, Options};

const USAGE: &str = "\
Usage: file-transfer-client [OPTIONS] [ADDR] [ls | get NAME | put PATH]

Does one thing, or what you type line by line until the end of input or quit. A get
that was interrupted goes on from what is there, in .part-NAME.

  ADDR                    IP:PORT of the server (default 127.0.0.1:7007)
  --into DIR              where get puts files (default: the current folder)
  --force                 replace a file of the same name, here (get) or there (put)
  --idle-timeout SECONDS  give up on a server that neither sends nor takes anything
                          for so long (default 60)
  --corrupt OFFSET        put: send this byte changed, to see the digest catch it
  --pause-after BYTES     get, put: wait for Enter after so many bytes (see .part-*)
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), Error> {
    let options = Options::from_args(args)?;
    let addr = args.address_if_any(DEFAULT_ADDR)?;
    let command = Command::from_args(args, &options.disturbance)?;
    args.finish()?;

    let mut client = Client::connect(addr, options)
        .map_err(context(format!("cannot connect to {addr}")))?;
    let result = match command {
        Some(command) => command.run(&mut client),
        None => file_transfer::talk(&mut client),
    };
    Ok(result.map_err(|failure| match failure {
        Failure::Here(error) => error,
        Failure::Refused(_) | Failure::Broken(_) => context(addr)(failure.into()),
    })?)
}
