//! The server's side of a conversation: a request, an answer, the next request.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cli::{complain, context};
use custom_header::{MAX_COMMAND, parse_object, read_frame, write_frame};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::connection::Connection;
use crate::copy::{CopyError, copy, hex};
use crate::folder::Folder;
use crate::protocol::{Request, listing, text};
use crate::refusal::{Refusal, kind};

/// What all clients share.
#[derive(Debug)]
pub struct Server {
    /// Where the files are.
    pub folder: Folder,
    /// The largest file that is taken, in bytes.
    pub max_size: u64,
    /// How long a client may neither send nor take anything.
    pub idle_timeout: Duration,
}

/// Why a request came to nothing.
enum Failure {
    /// The client is told, and the next request is read.
    Refused(Refusal),
    /// The client is told, but the stream is out of step: that was all.
    Last(Refusal),
    /// Nobody is there to be told.
    Lost(io::Error),
}

impl Server {
    /// Answers a client's requests until it closes.
    ///
    /// # Errors
    ///
    /// Why the conversation had to end before.
    pub fn talk(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        let mut connection = Connection::new(stream, self.idle_timeout)?;
        loop {
            match self.next(&mut connection, peer) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(Failure::Refused(refusal)) => {
                    println!("{peer} refused: {}", refusal.kind);
                    if refusal.kind == kind::IO {
                        let text = &refusal.message;
                        complain(format!("file-transfer-server: {peer}: {text}"));
                    }
                    write_frame(&mut connection, &refusal.to_json())?;
                }
                Err(Failure::Last(refusal)) => {
                    println!("{peer} refused: {}", refusal.kind);
                    write_frame(&mut connection, &refusal.to_json())?;
                    connection.close_gently();
                    return Err(io::Error::other(refusal.message));
                }
                Err(Failure::Lost(error)) => return Err(error),
            }
        }
    }

    /// Reads a request and does what it asks for; false if there is none any more.
    fn next(
        &self,
        connection: &mut Connection,
        peer: SocketAddr,
    ) -> Result<bool, Failure> {
        let Some(request) = next_request(connection)? else { return Ok(false) };
        println!("{peer} {request}");
        let done = match request {
            Request::Ls => self.ls(connection),
            Request::Get { filename, offset } => {
                self.get(connection, &filename, offset)
            }
            Request::Put { filename, total_size, overwrite } => {
                self.put(connection, &filename, total_size, overwrite)
            }
        }?;
        println!("{peer} {done}");
        Ok(true)
    }

    fn ls(&self, connection: &mut Connection) -> Result<String, Failure> {
        let (reply, count) = listing(&self.folder.list()?);
        write_frame(connection, &reply)?;
        Ok(format!("files listed: {count}"))
    }

    fn get(
        &self,
        connection: &mut Connection,
        name: &str,
        offset: u64,
    ) -> Result<String, Failure> {
        let mut source = self.folder.open(name)?;
        let total_size = source.size();
        let Some(size) = total_size.checked_sub(offset) else {
            let text =
                format!("offset is {offset}, the file has {total_size} bytes");
            return Err(Refusal::new(kind::BAD_REQUEST, text).into());
        };
        // The digest is the whole file's, so also of what the client has already.
        let mut digest = Sha256::new();
        source
            .send(&mut io::sink(), offset, &mut digest)
            .map_err(|error| Refusal::new(kind::IO, error))?;
        let header =
            json!({"filename": name, "total_size": total_size, "offset": offset});
        write_frame(connection, header.to_string().as_bytes())?;
        source.send(connection, size, &mut digest).map_err(io::Error::from)?;
        // All bytes are there, so the client can still be told, in place of the
        // digest.
        source
            .check_unchanged()
            .map_err(|error| Failure::Last(Refusal::new(kind::IO, error)))?;
        let trailer = json!({"sha256": hex(&digest)});
        write_frame(connection, trailer.to_string().as_bytes())?;
        Ok(format!("sent {size} bytes"))
    }

    fn put(
        &self,
        connection: &mut Connection,
        name: &str,
        total_size: u64,
        overwrite: bool,
    ) -> Result<String, Failure> {
        self.folder.check_target(name, overwrite)?;
        if total_size > self.max_size {
            let limit = self.max_size;
            let text = format!("{total_size} bytes, the limit is {limit}");
            return Err(Refusal::new(kind::TOO_LARGE, text).into());
        }
        let mut part = self.folder.create_part()?;
        write_frame(connection, json!({"ready": true}).to_string().as_bytes())?;
        let digest = receive(connection, &mut part.file, total_size)?;
        if digest != read_digest(connection)? {
            let text = "what has arrived has another digest";
            return Err(Refusal::new(kind::DIGEST_MISMATCH, text).into());
        }
        self.folder.store(part, name, overwrite)?;
        let reply = json!({"stored": name, "sha256": digest});
        write_frame(connection, reply.to_string().as_bytes())?;
        Ok(format!("stored {total_size} bytes"))
    }
}

/// Takes the contents of a file and returns their digest.
fn receive(
    connection: &mut Connection,
    file: &mut File,
    size: u64,
) -> Result<String, Failure> {
    let mut digest = Sha256::new();
    match copy(connection, file, size, &mut digest) {
        Ok(()) => Ok(hex(&digest)),
        Err(CopyError::Read(error)) => Err(Failure::Lost(error)),
        Err(CopyError::Write(error)) => {
            let error = context("cannot write")(error);
            Err(Failure::Last(Refusal::new(kind::IO, error)))
        }
    }
}

fn next_request(connection: &mut Connection) -> Result<Option<Request>, Failure> {
    match next_frame(connection)? {
        Some(bytes) => Ok(Some(Request::from_json(&bytes).map_err(bad_request)?)),
        None => Ok(None),
    }
}

fn read_digest(connection: &mut Connection) -> Result<String, Failure> {
    let Some(bytes) = next_frame(connection)? else {
        let error = "the end came before the digest";
        return Err(io::Error::new(ErrorKind::UnexpectedEof, error).into());
    };
    let object = parse_object(&bytes).map_err(bad_request)?;
    Ok(text(&object, "sha256").map_err(bad_request)?.to_string())
}

fn next_frame(connection: &mut Connection) -> Result<Option<Vec<u8>>, Failure> {
    read_frame(connection, MAX_COMMAND).map_err(|error| match error.kind() {
        // Too long: its payload is still to come, and nobody will read that.
        ErrorKind::InvalidData => {
            Failure::Last(Refusal::new(kind::BAD_REQUEST, error))
        }
        _ => Failure::Lost(error),
    })
}

fn bad_request(error: io::Error) -> Failure {
    Failure::Refused(Refusal::new(kind::BAD_REQUEST, error))
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Lost(error)
    }
}
