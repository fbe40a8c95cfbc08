//! Between which two sockets the relay stands.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::{self, Path};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cli::{Args, Error, context};
use socket2::Socket;

use crate::fault::Switches;
use crate::listen::Address;
use crate::options;
use crate::record::Transport;
use crate::relay::{self, Relay};
use crate::reporter::Reporter;
use crate::udp::{self, UdpRelay};
use crate::unix;

const OWN_CLIENT: &str =
    "--to and --listen are the same: it would be its own client";

/// How long a UDP client is remembered.
const IDLE: Duration = Duration::from_secs(60);

/// Where clients come in, and where the server is.
#[derive(Debug)]
pub enum Place {
    /// A listener, and the server.
    Stream(Socket, Address),
    /// A socket, the server, and after how long a client is forgotten.
    Datagrams(UdpSocket, SocketAddr, Duration),
}

impl Place {
    /// Takes the addresses from the command line, and listens.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them, or the system's words.
    pub fn bind(args: &mut Args, transport: Transport) -> Result<Self, Error> {
        let remote = args.flag("--allow-remote");
        let listen = args.option::<String>("--listen", "an address")?;
        let to = args.option::<String>("--to", "the server's address")?;
        let idle = match transport {
            Transport::Udp => args.seconds("--idle-timeout")?,
            _ => None,
        };
        args.finish()?;
        let wrong = |text: &str| Error::Usage(text.to_string());
        let to =
            to.ok_or_else(|| wrong("expected --to ADDR, the server's address"))?;
        if transport == Transport::Unix {
            let listen =
                listen.ok_or_else(|| wrong("expected --listen PATH, too"))?;
            let absolute = |text: &str| path::absolute(text).ok();
            if absolute(&listen) == absolute(&to) {
                return Err(wrong(OWN_CLIENT));
            }
            let path = |text: &str| Address::unix(Path::new(text));
            let to = path(&to)?; // before there is a file
            let listener = path(&listen)?.listen().map_err(advised)?;
            unix::remove_at_the_end(Path::new(&listen))?;
            return Ok(Place::Stream(listener, to));
        }
        let listen = listen.as_deref().unwrap_or("127.0.0.1:0");
        let listen = options::listen_address(listen, remote)?;
        let to = options::address("--to", &to)?;
        if listen == to {
            return Err(wrong(OWN_CLIENT));
        }
        if transport == Transport::Tcp {
            let listener = Address::tcp(listen).listen()?;
            return Ok(Place::Stream(listener, Address::tcp(to)));
        }
        let socket = UdpSocket::bind(listen)
            .map_err(context(format!("cannot listen on {listen}")))?;
        Ok(Place::Datagrams(socket, to, idle.unwrap_or(IDLE)))
    }

    /// Where it listens: port 0 has become a real one.
    ///
    /// # Errors
    ///
    /// Those of getsockname.
    pub fn listen(&self) -> io::Result<String> {
        Ok(match self {
            Place::Stream(listener, _) => Address::of(listener)?.to_string(),
            Place::Datagrams(socket, ..) => socket.local_addr()?.to_string(),
        })
    }

    /// Where the server is.
    pub fn to(&self) -> String {
        match self {
            Place::Stream(_, to) => to.to_string(),
            Place::Datagrams(_, to, _) => to.to_string(),
        }
    }

    /// Serves for ever.
    pub fn serve(self, reporter: Arc<Reporter>, switches: Switches) -> ! {
        match self {
            Place::Stream(listener, to) => {
                relay::serve(&listener, Relay { to, reporter, switches })
            }
            Place::Datagrams(socket, to, idle) => {
                let clients = Mutex::default();
                let relay =
                    UdpRelay { socket, to, idle, reporter, switches, clients };
                udp::serve(&Arc::new(relay))
            }
        }
    }
}

/// The same error, and what to do about it in the file system: the advice for TCP
/// would be wrong.
pub fn advised(error: io::Error) -> io::Error {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "Take another path, or end who listens there (Linux: ss -xlp)."
        }
        io::ErrorKind::NotFound => "The folder of the socket must exist.",
        io::ErrorKind::PermissionDenied => "Take a folder in which you may write.",
        _ => return error,
    };
    io::Error::other(format!("{error}\n  {advice}"))
}
