//! The client's side: each request, and what is made of its answer.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use custom_header::{Object, invalid, member, parse_object};
use file_transfer::{
    Failure, Refusal, Request as FileRequest, check_name, number, text,
};
use serde_json::Value;

use crate::contents::next;
use crate::interrupt::CtrlC;
use crate::session::unexpected;
use crate::{Kind, Options, Outgoing, Receiver, Request, handshake};

/// A connection to a server that has proved that it knows our key.
pub struct Client {
    pub(crate) receiver: Receiver,
    pub(crate) outgoing: Arc<Outgoing>,
    pub(crate) options: Options,
    pub(crate) ctrl_c: Arc<CtrlC>,
}

/// Somebody who is there.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name.
    pub user: String,
    /// Where from.
    pub address: String,
    /// Since so many seconds.
    pub seconds: u64,
    /// What for, just now.
    pub busy: Option<String>,
}

impl Client {
    /// Connects, and proves who both sides are.
    ///
    /// # Errors
    ///
    /// As [`handshake::connect`], or the system's.
    pub fn connect(addr: SocketAddr, options: Options) -> io::Result<Self> {
        let limit = options.idle_timeout;
        let stream = TcpStream::connect_timeout(&addr, limit)
            .map_err(cli::context("cannot connect"))?;
        let (sender, receiver) =
            handshake::connect(&stream, &options.user, &options.key, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        let outgoing = Arc::new(Outgoing::new(sender, stream));
        let ctrl_c = CtrlC::new(Arc::clone(&outgoing));
        Ok(Client { receiver, outgoing, options, ctrl_c })
    }

    /// From now on Ctrl-C ends the command that runs over there; if none does, or
    /// the second time, this program.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn listen_to_ctrl_c(&self) -> io::Result<()> {
        Arc::clone(&self.ctrl_c).listen()
    }

    /// Says that this was all.
    pub fn end(&self) {
        self.outgoing.end("");
    }

    /// The names and sizes of the server's files; true if there are more.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn ls(&mut self) -> Result<(Vec<(String, u64)>, bool), Failure> {
        self.list(Request::File(FileRequest::Ls), "files", |file| {
            let name = text(file, "filename")?;
            check_name(name).map_err(|refusal| invalid(refusal.message))?;
            Ok((name.to_string(), number(file, "total_size")?))
        })
    }

    /// Who is there, in the order of arrival; true if there are more.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn who(&mut self) -> Result<(Vec<Person>, bool), Failure> {
        self.list(Request::Who, "users", |user| {
            let busy = member(user, "busy", "a string or null", |busy| {
                (busy.is_null() || busy.is_string()).then(|| busy.as_str())
            })?;
            Ok(Person {
                user: text(user, "user")?.to_string(),
                address: text(user, "address")?.to_string(),
                seconds: number(user, "seconds")?,
                busy: busy.map(str::to_string),
            })
        })
    }

    fn list<T>(
        &mut self,
        request: Request,
        name: &str,
        parse: impl Fn(&Object) -> io::Result<T>,
    ) -> Result<(Vec<T>, bool), Failure> {
        self.send(&request)?;
        let reply = self.reply()?;
        let mut list = Vec::new();
        for entry in member(&reply, name, "an array", Value::as_array)? {
            let entry = entry.as_object();
            list.push(parse(
                entry.ok_or_else(|| invalid("an entry is no object"))?,
            )?);
        }
        Ok((list, member(&reply, "truncated", "true or false", Value::as_bool)?))
    }

    pub(crate) fn send(&self, request: &Request) -> io::Result<()> {
        self.outgoing.send(Kind::Message, &request.to_json())
    }

    /// Waits for a message that is no refusal.
    pub(crate) fn reply(&mut self) -> Result<Object, Failure> {
        match next(&mut self.receiver)? {
            (Kind::Message, body) => parse_reply(&body),
            (kind, _) => Err(unexpected(kind).into()),
        }
    }
}

/// An object that is no refusal.
pub(crate) fn parse_reply(body: &[u8]) -> Result<Object, Failure> {
    let reply = parse_object(body)?;
    match Refusal::find(&reply)? {
        Some(refusal) => Err(Failure::Refused(refusal)),
        None => Ok(reply),
    }
}
