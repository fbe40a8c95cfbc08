//! Usage: `capstone-client [OPTIONS] --user NAME [ADDR] [COMMAND]`

use std::process::ExitCode;

use capstone::{Client, Command, DEFAULT_ADDR, Input, Options, talk};
use cli::{Error, context};
use file_transfer::Failure;

const USAGE: &str = "\
Usage: capstone-client [OPTIONS] --user NAME [ADDR]
         [run COMMAND | get NAME | put PATH | ls | who]

Does one thing, or what you type line by line until the end of input or quit. Ctrl-C
ends the command that runs over there; if none does, or the second time, the client.
  run COMMAND  its exit status becomes the client's; it reads the client's input
               (line by line: nothing). Write -- in front of run if the command has
               options.
  get NAME     goes on from what is there, in .part-NAME

  ADDR                    IP:PORT of the server (default 127.0.0.1:7013)
  --user NAME             who you are
  --key-file FILE         your key (default: the variable CAPSTONE_KEY)
  --into DIR              where get puts files (default: the current folder)
  --force                 replace a file of the same name, here (get) or there (put)
  --slow                  run: take the output when Enter is typed, and only count it
  --idle-timeout SECONDS  give up on a server that neither sends nor takes anything
                          for so long (default 60)
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), Error> {
    let options = Options::from_args(args)?;
    let addr = args.address_if_any(DEFAULT_ADDR)?;
    let command = Command::from_args(args)?;

    let mut client = Client::connect(addr, options).map_err(context(addr))?;
    client.listen_to_ctrl_c()?;
    let result = match command {
        Some(command) => command.perform(&mut client, Input::Ours),
        None => talk(&mut client).map(|()| 0),
    };
    // Otherwise nobody is there to be told, or nobody to be trusted.
    if !matches!(result, Err(Failure::Broken(_))) {
        client.end();
    }
    match result {
        Ok(0) => Ok(()),
        Ok(status) => Err(Error::Status(status)),
        Err(Failure::Here(error)) => Err(error.into()),
        Err(failure) => Err(context(addr)(failure.into()).into()),
    }
}
