//! The server's side of a conversation: a request, an answer, the next request.

mod incoming;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cli::complain;
use custom_header::write_frame;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::connection::Connection;
use crate::copy::hex;
use crate::folder::Folder;
use crate::protocol::{Request, listing};
use crate::refusal::{Refusal, kind};

use incoming::{Failure, next_request, read_digest, receive};

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
