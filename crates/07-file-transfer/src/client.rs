//! The client's side: each request, and what is made of its answer.

mod failure;

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use custom_header::{
    MAX_MESSAGE, Object, invalid, member, parse_object, read_frame, write_frame,
};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use serde_json::Value;

use crate::DEFAULT_IDLE_TIMEOUT;
use crate::connection::Connection;
use crate::disturb::Disturbance;
use crate::name::check_name;
use crate::protocol::{Request, number, text};
use crate::refusal::Refusal;

pub use failure::Failure;

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder for what is fetched.
    pub into: PathBuf,
    /// True if files may be replaced, here and there.
    pub force: bool,
    /// How long the server may neither send nor take anything.
    pub idle_timeout: Duration,
    /// What goes wrong on purpose.
    pub disturbance: Disturbance,
}

impl Options {
    /// What the command line says.
    ///
    /// # Errors
    ///
    /// Wrong usage.
    pub fn from_args(args: &mut cli::Args) -> Result<Self, cli::Error> {
        let bytes = "a number of bytes";
        Ok(Options {
            into: args.option("--into", "a folder")?.unwrap_or_default(),
            force: args.flag("--force"),
            idle_timeout: args
                .seconds("--idle-timeout")?
                .unwrap_or(DEFAULT_IDLE_TIMEOUT),
            disturbance: Disturbance {
                corrupt: args.option("--corrupt", bytes)?,
                pause_after: args.option("--pause-after", bytes)?,
            },
        })
    }
}

/// A file that has been transferred.
#[derive(Clone, Debug)]
pub struct Done {
    /// Its size in bytes.
    pub total_size: u64,
    /// How many of them were there before.
    pub kept: u64,
    /// How long all of it took: asking, digesting what was there, flushing.
    pub time: Duration,
    /// The digest of all of it, 64 hexadecimal digits.
    pub sha256: String,
}

/// A connection to a server.
#[derive(Debug)]
pub struct Client {
    pub(crate) connection: Connection,
    pub(crate) options: Options,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    ///
    /// `TimedOut` if there is no answer for the idle time-out, otherwise the
    /// system's.
    pub fn connect(addr: SocketAddr, options: Options) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&addr, options.idle_timeout)?;
        let connection = Connection::new(stream, options.idle_timeout)?;
        Ok(Client { connection, options })
    }

    /// The names and sizes of the server's files; true if there are more.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn ls(&mut self) -> Result<(Vec<(String, u64)>, bool), Failure> {
        let reply = self.ask(&Request::Ls, MAX_MESSAGE)?;
        let mut files = Vec::new();
        for file in member(&reply, "files", "an array", Value::as_array)? {
            let file =
                file.as_object().ok_or_else(|| invalid("a file is no object"))?;
            let name = text(file, "filename")?;
            check_name(name).map_err(|refusal| invalid(refusal.message))?;
            files.push((name.to_string(), number(file, "total_size")?));
        }
        let truncated =
            member(&reply, "truncated", "true or false", Value::as_bool)?;
        Ok((files, truncated))
    }

    /// Sends a request and reads the reply.
    pub(crate) fn ask(
        &mut self,
        request: &Request,
        limit: usize,
    ) -> Result<Object, Failure> {
        write_frame(&mut self.connection, &request.to_json())?;
        self.read_reply(limit)
    }

    /// Reads a frame with an object of at most `limit` bytes.
    pub(crate) fn read_reply(&mut self, limit: usize) -> Result<Object, Failure> {
        let bytes = read_frame(&mut self.connection, limit)?.ok_or_else(|| {
            let text = "the server has closed the connection";
            io::Error::new(ErrorKind::UnexpectedEof, text)
        })?;
        let reply = parse_object(&bytes)?;
        match Refusal::find(&reply)? {
            Some(refusal) => Err(Failure::Refused(refusal)),
            None => Ok(reply),
        }
    }
}

/// A bar with rate and time left on stderr, if that is a terminal.
pub fn progress_bar(total_size: u64, done: u64) -> ProgressBar {
    let template =
        "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total_size).with_position(done).with_style(style);
    bar.tick(); // so that what was there already does not count as speed
    bar.reset_eta();
    bar.with_finish(ProgressFinish::AndClear)
}
