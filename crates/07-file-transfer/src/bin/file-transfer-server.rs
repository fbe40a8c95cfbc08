//! Usage: `file-transfer-server [OPTIONS] [ADDR]`

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use file_transfer::{DEFAULT_ADDR, DEFAULT_IDLE_TIMEOUT, Folder, Server};

const USAGE: &str = "\
Usage: file-transfer-server [--share DIR] [--max-size BYTES]
         [--idle-timeout SECONDS] [--allow-remote] [ADDR]

Shares the files of one folder: clients list them, fetch them, put new ones there.
Ctrl-C ends the server.

  ADDR                    IP:PORT to listen on (default 127.0.0.1:7007; port 0: any
                          free one)
  --share DIR             the folder (default: the current one)
  --max-size BYTES        the largest file that is taken (default: no limit)
  --idle-timeout SECONDS  drop a client that neither sends nor takes anything for so
                          long (default 60)
  --allow-remote          listen on an address that other machines can reach: whoever
                          reaches it can read and write the folder's files
  -h, --help              print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let share: Option<PathBuf> = args.option("--share", "a folder")?;
    let max_size = args.option("--max-size", "a number of bytes")?;
    let idle_timeout = args.seconds("--idle-timeout")?;
    let danger = "read and write files in the shared folder";
    let addr = args.guarded_address(DEFAULT_ADDR, danger)?;
    args.finish()?;

    let share = share.unwrap_or(PathBuf::from("."));
    let folder = Folder::new(&share)
        .map_err(cli::context(format!("cannot share {}", share.display())))?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    let server = Server {
        folder,
        max_size: max_size.unwrap_or(u64::MAX),
        idle_timeout: idle_timeout.unwrap_or(DEFAULT_IDLE_TIMEOUT),
    };
    file_transfer::serve(&listener, server)
}
