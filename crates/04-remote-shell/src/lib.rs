//! Lesson 4: run a command over there. A small telnet, and naive on purpose: a command
//! is whatever one read returns, and the answer has neither a length nor an end.
//!
//! On the wire: a command is text in UTF-8, at most 1024 bytes; the answer is what it
//! printed, stdout and then stderr, as it is.

mod command;
mod event;
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(windows), path = "unix.rs")]
pub mod group;
mod output;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Duration;

use cli::{complain, context, show};
use comm_loop::pause_after;

pub use command::{Limits, run};
pub use event::Cancel;
pub use output::{End, Output};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7004";

/// How many bytes the server takes for a command at most, and the client for an answer
/// unless it is told otherwise.
pub const READ_SIZE: usize = 1024;

/// So many commands are read ahead while one runs. Who sends more and leaves is found
/// out only when commands have ended: TCP tells the end of file behind all bytes. None
/// of them runs longer than [`Limits::timeout`].
const WAITING: usize = 16;

/// A client that takes nothing of its answer for so long is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves one client after the other; never returns.
pub fn serve(listener: &TcpListener, limits: Limits) -> ! {
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                println!("{peer} connected");
                match talk(&stream, peer, limits) {
                    Ok(()) => println!("{peer} closed"),
                    Err(error) => {
                        complain(format!("remote-shell-server: {peer}: {error}"))
                    }
                }
            }
            Err(error) => {
                complain(format!("remote-shell-server: cannot accept: {error}"));
                pause_after(&error);
            }
        }
    }
}

/// Runs the client's commands, one after the other, until it leaves. A second thread
/// reads them: so the end of file is seen while a command runs, and ends it (but see
/// `WAITING`).
///
/// # Errors
///
/// The socket's: a reset, or an answer that the client does not take.
fn talk(stream: &TcpStream, peer: SocketAddr, limits: Limits) -> io::Result<()> {
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let cancel = Cancel::default();
    let (commands, waiting) = mpsc::sync_channel(WAITING);
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .spawn_scoped(scope, || read_commands(stream, commands, &cancel))
            .map_err(context("cannot start a thread"))?;
        let answered = waiting
            .iter()
            .try_for_each(|command| answer(stream, peer, &command, limits, &cancel));
        drop(waiting);
        // If it was the answer that failed, the reader still waits: this wakes it.
        let _ = stream.shutdown(Shutdown::Both);
        let read = reader.join().unwrap_or(Err(ErrorKind::Other.into()));
        answered.and(read)
    })
}

/// Takes each read for a command: the mistake that this lesson is about.
fn read_commands(
    mut stream: &TcpStream,
    commands: SyncSender<Vec<u8>>,
    cancel: &Cancel,
) -> io::Result<()> {
    let mut buffer = [0; READ_SIZE];
    loop {
        let size = match stream.read(&mut buffer) {
            Ok(size) if size > 0 => size,
            end => {
                cancel.cancel();
                return end.map(drop).map_err(context("cannot read"));
            }
        };
        if commands.send(buffer[..size].to_vec()).is_err() {
            return Ok(()); // nobody answers any more
        }
    }
}

/// Runs a command and sends what it printed; says so on stdout.
fn answer(
    mut stream: &TcpStream,
    peer: SocketAddr,
    command: &[u8],
    limits: Limits,
    cancel: &Cancel,
) -> io::Result<()> {
    let text = str::from_utf8(command).map_err(io::Error::other);
    let (reply, what) = match text.and_then(|text| run(text, limits, cancel)) {
        Ok(output) => (reply(&output), output.to_string()),
        Err(error) => (
            format!("remote-shell-server: cannot run it: {error}\n").into(),
            error.to_string(),
        ),
    };
    println!("{peer} {}: {what}", show(command));
    stream.write_all(&reply).map_err(context("cannot write"))
}

/// stdout and then stderr: in which order their lines were printed, two pipes cannot
/// tell. And a word if the command was stopped.
fn reply(output: &Output) -> Vec<u8> {
    if output.end == End::Cancelled {
        return Vec::new();
    }
    let mut reply = [&output.stdout[..], &output.stderr[..]].concat();
    if let End::TimedOut | End::TooMuch = output.end {
        if !reply.is_empty() && !reply.ends_with(b"\n") {
            reply.push(b'\n');
        }
        reply.extend(format!("remote-shell-server: {}\n", output.end).bytes());
    }
    reply
}
