//! Lesson 5: TCP carries bytes, not messages. What two writes sent may come with one
//! read, and what one write sent with several; a frame mends both.
//!
//! On the wire: the client's bytes, one way only; or frames (see [`frame`]).

mod frame;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use cli::{complain, context, show};
use comm_loop::pause_after;

pub use frame::{MAX_MESSAGE, Order, Pieces, frame, read_message};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7005";

/// What `--framed` and `--little` say: no frames, or their lengths' byte order.
///
/// # Errors
///
/// `--little` alone.
pub fn framing(args: &mut cli::Args) -> Result<Option<Order>, cli::Error> {
    match (args.flag("--framed"), args.flag("--little")) {
        (false, false) => Ok(None),
        (true, false) => Ok(Some(Order::Big)),
        (true, true) => Ok(Some(Order::Little)),
        (false, true) => {
            let text =
                "--little is about the length of a frame, expected --framed too";
            Err(cli::Error::Usage(text.to_string()))
        }
    }
}

/// Accepts one client after the other and prints what each sends, until it leaves or
/// breaks the rules. Never returns.
///
/// `wait` decides when: it is called before each read (of at most `read_size` bytes),
/// or with `framing` before each message.
pub fn serve(
    listener: &TcpListener,
    read_size: usize,
    framing: Option<Order>,
    mut wait: impl FnMut(),
) -> ! {
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                println!("{peer} connected");
                let received = match framing {
                    None => receive(stream, read_size, &mut wait),
                    Some(order) => {
                        receive_messages(stream, read_size, order, &mut wait)
                    }
                };
                if let Err(error) = received {
                    complain(format!("sticky-packet-server: {peer}: {error}"));
                }
            }
            Err(error) => {
                complain(format!("sticky-packet-server: cannot accept: {error}"));
                pause_after(&error);
            }
        }
    }
}

/// The mistake that this lesson is about: takes what a read returns for a message.
fn receive(
    mut stream: TcpStream,
    read_size: usize,
    wait: &mut impl FnMut(),
) -> io::Result<()> {
    let mut buffer = vec![0; read_size];
    loop {
        wait();
        let size = stream.read(&mut buffer).map_err(context("cannot read"))?;
        if size == 0 {
            println!("read 0 bytes: end of file");
            return Ok(());
        }
        println!("read {size} bytes: {}", show(&buffer[..size]));
    }
}

/// The repair: reads as often as a message needs.
fn receive_messages(
    stream: TcpStream,
    read_size: usize,
    order: Order,
    wait: &mut impl FnMut(),
) -> io::Result<()> {
    let mut stream = Pieces { reader: stream, size: read_size, reads: 0 };
    loop {
        wait();
        stream.reads = 0;
        let Some(message) = read_message(&mut stream, order)? else {
            println!("no more messages: end of file");
            return Ok(());
        };
        let (size, reads) = (message.len(), stream.reads);
        println!("message of {size} bytes: {} ({reads} reads)", show(&message));
    }
}

/// The client's side: sends each message with one `write_all`, in a frame if there
/// is `framing`, and pauses before each but the first.
///
/// # Errors
///
/// `ConnectionReset` or `BrokenPipe` if the server breaks the connection,
/// `InvalidInput` if a message is too long for a frame; those of `messages`.
pub fn send(
    mut stream: TcpStream,
    messages: impl Iterator<Item = io::Result<Vec<u8>>>,
    framing: Option<Order>,
    pause: Duration,
) -> io::Result<()> {
    for (number, message) in messages.enumerate() {
        if number > 0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "a pause is what the lesson shows: it mends nothing"
            )]
            thread::sleep(pause);
        }
        let bytes = match framing {
            None => message?,
            Some(order) => frame(&message?, order)?,
        };
        stream.write_all(&bytes).map_err(context("cannot write"))?;
        println!("wrote {} bytes: {}", bytes.len(), show(&bytes));
    }
    Ok(())
}
