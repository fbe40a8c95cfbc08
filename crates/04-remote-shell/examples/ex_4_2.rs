//! Usage: ex_4_2 [ADDR] (exercise 4.2: an answer that is never empty)

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use cli::{complain, context};
use remote_shell::{Cancel, End, Limits, Output, run};

const USAGE: &str = "\
Usage: ex_4_2 [ADDR]

Lesson 4's server, shortened; each answer ends with a line that says how the command
ended. Serves one client after the other; Ctrl-C ends it.
";

const LIMITS: Limits =
    Limits { timeout: Duration::from_secs(30), max_output: 16 * 1024 * 1024 };

fn main() -> ExitCode {
    cli::main(USAGE, start)
}

fn start(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.guarded_address(
        remote_shell::DEFAULT_ADDR,
        "run any command on this one",
    )?;
    args.finish()?;
    let listener = TcpListener::bind(addr)
        .map_err(context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().map_err(context("cannot accept"))?;
        if let Err(error) = talk(&stream) {
            complain(format!("ex_4_2: {peer}: {error}"));
        }
    }
}

fn talk(mut stream: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; remote_shell::READ_SIZE];
    loop {
        let size = stream.read(&mut buffer)?;
        if size == 0 {
            return Ok(());
        }
        let command = String::from_utf8_lossy(&buffer[..size]);
        let output = run(&command, LIMITS, &Cancel::default())?;
        stream.write_all(&reply(&output))?;
    }
}

/// stdout and then stderr: in which order their lines were printed, two pipes cannot
/// tell. And always a word about how the command ended.
fn reply(output: &Output) -> Vec<u8> {
    if output.end == End::Cancelled {
        return Vec::new();
    }
    let mut reply = [&output.stdout[..], &output.stderr[..]].concat();
    if !reply.is_empty() && !reply.ends_with(b"\n") {
        reply.push(b'\n');
    }
    reply.extend(format!("remote-shell-server: {}\n", output.end).bytes());
    reply
}
