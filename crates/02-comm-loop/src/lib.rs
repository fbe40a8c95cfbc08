//! Lesson 2: the connection loop (one client after the other) around the
//! communication loop (one read after the other).
//!
//! On the wire: every byte comes back with ASCII a-z in upper case and everything
//! else unchanged, as it arrives, in order, until the client's end of file.

mod client;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use cli::{complain, context, show};

pub use client::{ask, send_all_then_read, send_and_reset, send_empty};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7002";

/// How many bytes one read takes at most.
pub const BUFFER_SIZE: usize = 1024;

/// How long the server waits after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The connection loop: accepts a client, talks with it until it leaves, accepts the
/// next. Whatever a client does, the next one is served; so this never returns.
///
/// A client that neither sends nor takes anything for `idle_timeout` is dropped;
/// `None` waits for ever.
pub fn serve(listener: &TcpListener, idle_timeout: Option<Duration>) -> ! {
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                println!("{peer} connected");
                match talk(stream, idle_timeout) {
                    Ok(total) => println!("{peer} closed after {total} bytes"),
                    Err(error) => {
                        complain(format!("comm-loop-server: {peer}: {error}"))
                    }
                }
            }
            Err(error) => {
                complain(format!("comm-loop-server: cannot accept: {error}"));
                pause_after(&error);
            }
        }
    }
}

/// The communication loop: reads what has come, answers it in upper case, until the
/// end of file. Returns how many bytes came.
///
/// # Errors
///
/// `TimedOut` if the client was idle for too long, `ConnectionReset` or `BrokenPipe`
/// if it broke the connection.
pub fn talk(
    mut stream: TcpStream,
    idle_timeout: Option<Duration>,
) -> io::Result<u64> {
    stream
        .set_read_timeout(idle_timeout)
        .map_err(context("cannot set a time-out"))?;
    stream
        .set_write_timeout(idle_timeout)
        .map_err(context("cannot set a time-out"))?;
    let mut buffer = [0; BUFFER_SIZE];
    let mut total = 0;
    loop {
        let size = match stream.read(&mut buffer) {
            // Stopped and continued (Ctrl-Z, fg): with a time-out Linux ends the call.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result.map_err(|error| failed("read", error))?,
        };
        if size == 0 {
            return Ok(total);
        }
        let message = &buffer[..size];
        println!("received {size} bytes: {}", show(message));
        stream
            .write_all(&message.to_ascii_uppercase())
            .map_err(|error| failed("write", error))?;
        total += size as u64;
    }
}

/// A socket's time-out comes as `WouldBlock` on Unix and as `TimedOut` on Windows,
/// and its words ("Resource temporarily unavailable") help nobody.
fn failed(call: &str, error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            io::Error::new(ErrorKind::TimedOut, format!("idle in {call}, dropped"))
        }
        _ => context(format!("cannot {call}"))(error),
    }
}

/// Waits for half a second after an accept that failed: without file descriptors the
/// next one fails at once, too (on Linux even when nobody waits), and without a pause
/// the loop would take a whole core.
pub fn pause_after(error: &io::Error) {
    // The client has gone, so the next accept waits for another one by itself.
    if error.kind() == ErrorKind::ConnectionAborted {
        return;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "no event tells of a free descriptor"
    )]
    std::thread::sleep(ACCEPT_PAUSE);
}
