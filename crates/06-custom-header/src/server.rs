//! The server: lesson 4's commands, answered with a header.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Duration;

use cli::{complain, context};
use comm_loop::pause_after;
use remote_shell::{Cancel, Limits};

use crate::answer::{answer, write_answer};
use crate::{Header, MAX_COMMAND, close_gently, read_frame};

/// So many requests are read ahead while a command runs. Who sends more and leaves is
/// found out only when commands have ended: TCP tells the end of file behind all bytes.
const WAITING: usize = 16;

/// A client that takes nothing of its answer for so long is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the server reads on after its last word.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Serves each client in a thread of its own (lesson 10 is about that); never returns.
pub fn serve(listener: &TcpListener, limits: Limits) -> ! {
    loop {
        let accepted = listener.accept().map_err(context("cannot accept"));
        let served = accepted.and_then(|(stream, peer)| {
            let thread = thread::Builder::new();
            thread
                .spawn(move || serve_client(&stream, peer, limits))
                .map_err(context(format!("{peer}: cannot start a thread")))
        });
        if let Err(error) = served {
            complain(format!("custom-header-server: {error}"));
            pause_after(&error);
        }
    }
}

/// Answers the first request of each client with `bytes`, as they are, and closes: a
/// broken server, to try a client with. One client after the other: who sends no
/// request holds up the next.
pub fn serve_bytes(listener: &TcpListener, bytes: &[u8]) -> ! {
    loop {
        let accepted = listener.accept().map_err(context("cannot accept"));
        let served = accepted.and_then(|(mut stream, _)| {
            read_frame(&mut stream, MAX_COMMAND).map_err(context("cannot read"))?;
            stream.write_all(bytes).map_err(context("cannot write"))
        });
        if let Err(error) = served {
            complain(format!("custom-header-server: {error}"));
            pause_after(&error);
        }
    }
}

fn serve_client(stream: &TcpStream, peer: SocketAddr, limits: Limits) {
    println!("{peer} connected");
    match talk(stream, peer, limits) {
        Ok(()) => println!("{peer} closed"),
        Err(error) => complain(format!("custom-header-server: {peer}: {error}")),
    }
}

/// Answers the client's requests, one after the other, until it leaves. A second
/// thread reads them: so its leaving is seen while a command runs, and ends that.
///
/// # Errors
///
/// The connection's, or why the client is out of step.
pub fn talk(stream: &TcpStream, peer: SocketAddr, limits: Limits) -> io::Result<()> {
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    // A long answer is two writes or more: the later must not wait for an acknowledgement
    // of the earlier, as in `write_frame`.
    stream.set_nodelay(true)?;
    let cancel = Cancel::default();
    let (requests, waiting) = mpsc::sync_channel(WAITING);
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .spawn_scoped(scope, || read_requests(stream, requests, &cancel))
            .map_err(context("cannot start a thread"))?;
        let answered = waiting.iter().try_for_each(|request| match request {
            Ok(request) => answer(stream, peer, &request, limits, &cancel),
            Err(out_of_step) => refuse(stream, out_of_step),
        });
        drop(waiting);
        if answered.is_err() {
            let _ = stream.shutdown(Shutdown::Both); // wakes the reader
        }
        let read = reader.join().unwrap_or(Err(ErrorKind::Other.into()));
        answered.and(read)
    })
}

fn read_requests(
    mut stream: &TcpStream,
    requests: SyncSender<io::Result<Vec<u8>>>,
    cancel: &Cancel,
) -> io::Result<()> {
    let end = loop {
        match read_frame(&mut stream, MAX_COMMAND) {
            Ok(Some(request)) => {
                if requests.send(Ok(request)).is_err() {
                    return Ok(()); // nobody answers any more
                }
            }
            // Out of step, but still there: what it asked before will be answered. What
            // follows means nothing, only its end does.
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                let _ = requests.send(Err(error));
                break io::copy(&mut stream, &mut io::sink()).map(drop);
            }
            end => break end.map(drop),
        }
    };
    cancel.cancel();
    end.map_err(context("cannot read"))
}

/// The last word to a client that is out of step; returns why it is.
fn refuse(stream: &TcpStream, out_of_step: io::Error) -> io::Result<()> {
    write_answer(stream, &Header::refusal(&out_of_step), [b"", b""])?;
    close_gently(stream, LAST_WORD);
    Err(out_of_step)
}
