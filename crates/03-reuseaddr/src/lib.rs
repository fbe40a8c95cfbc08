//! Lesson 3: the calls behind `TcpListener::bind`, one by one, and what each of them
//! decides: SO_REUSEADDR before bind, the backlog in listen.
//!
//! On the wire: as lesson 2, every byte comes back in upper case.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cli::{complain, context, show};
use comm_loop::pause_after;
use socket2::{Domain, Protocol, Socket, Type};

/// The address both programs use when they are given none.
pub const DEFAULT_ADDR: &str = "127.0.0.1:7003";

/// How many bytes one read takes at most.
pub const BUFFER_SIZE: usize = 1024;

/// A socket that listens on `addr`: what `TcpListener::bind` does, in four calls.
///
/// `reuse` is SO_REUSEADDR. On Linux it allows a bind while connections of an earlier
/// listener stand in TIME_WAIT, if that listener had it too ([socket(7)]); std sets it
/// on Unix and not on Windows, where it means something else: there it lets two live
/// sockets share the port. `backlog` is how many connections may wait for accept:
/// Linux keeps one more than this, and 4096 at most (`net.core.somaxconn`).
///
/// # Errors
///
/// The call that failed, with the system's words: `AddrInUse`, `AddrNotAvailable` or
/// `PermissionDenied` from bind.
///
/// [socket(7)]: https://man7.org/linux/man-pages/man7/socket.7.html
pub fn listen(addr: SocketAddr, reuse: bool, backlog: i32) -> io::Result<Socket> {
    let socket =
        Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))
            .map_err(context("socket"))?;
    socket.set_reuse_address(reuse).map_err(context("setsockopt SO_REUSEADDR"))?;
    socket.bind(&addr.into()).map_err(context("bind"))?;
    socket.listen(backlog).map_err(context("listen"))?;
    Ok(socket)
}

/// Accepts one client after the other and talks with each until it leaves, as in
/// lesson 2. Never returns.
pub fn serve(listener: &Socket) -> ! {
    loop {
        match accept(listener) {
            Ok((stream, peer)) => {
                println!("{peer} connected");
                match talk(stream) {
                    Ok(()) => println!("{peer} closed"),
                    Err(error) => {
                        complain(format!("reuseaddr-server: {peer}: {error}"))
                    }
                }
            }
            Err(error) => {
                complain(format!("reuseaddr-server: cannot accept: {error}"));
                pause_after(&error);
            }
        }
    }
}

/// Takes one completed connection from the queue ([accept(2)]), or waits for one.
///
/// [accept(2)]: https://man7.org/linux/man-pages/man2/accept.2.html
fn accept(listener: &Socket) -> io::Result<(TcpStream, SocketAddr)> {
    let (socket, peer) = listener.accept()?;
    let peer = peer.as_socket().ok_or(ErrorKind::Unsupported)?;
    Ok((socket.into(), peer))
}

fn talk(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let size = stream.read(&mut buffer).map_err(context("cannot read"))?;
        if size == 0 {
            return Ok(());
        }
        let message = &buffer[..size];
        println!("received {size} bytes: {}", show(message));
        stream
            .write_all(&message.to_ascii_uppercase())
            .map_err(context("cannot write"))?;
    }
}

/// Opens `count` connections one after the other, prints what became of each, and
/// returns those that stand (they stay open until they are dropped), and the last error.
pub fn connect(
    addr: SocketAddr,
    count: usize,
    timeout: Duration,
) -> (Vec<TcpStream>, Option<io::Error>) {
    let mut streams = Vec::new();
    let mut last_error = None;
    for number in 1..=count {
        let connected = TcpStream::connect_timeout(&addr, timeout)
            .and_then(|stream| Ok((stream.local_addr()?, stream)));
        match connected {
            Ok((local, stream)) => {
                println!("connection {number}: connected from {local}");
                streams.push(stream);
            }
            // Our time-out; the system's own, after two minutes, has a number.
            Err(error)
                if error.kind() == ErrorKind::TimedOut
                    && error.raw_os_error().is_none() =>
            {
                println!("connection {number}: no answer within {timeout:?}");
                last_error = Some(error);
            }
            Err(error) => {
                println!("connection {number}: {error}");
                last_error = Some(error);
            }
        }
    }
    (streams, last_error)
}
