//! The server's side of `ls`, `get` and `put`: lesson 7's, on the protected channel.

use std::io::{self, ErrorKind};

use custom_header::member;
use file_transfer::{CopyError, Failure, Refusal, Request, hex, kind};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Kind;
use crate::contents::{Contents, Skipped, fitting, take};
use crate::session::Session;

impl Session {
    /// Does what is asked for, and says on the log what came of it.
    ///
    /// # Errors
    ///
    /// Refused, and the conversation goes on; or the connection's.
    pub fn transfer(&mut self, request: Request) -> Result<(), Failure> {
        let done = match request {
            Request::Ls => self.ls(),
            Request::Get { filename, offset } => {
                let _busy = self.place.busy("get");
                self.get(&filename, offset)
            }
            Request::Put { filename, total_size, overwrite } => {
                let _busy = self.place.busy("put");
                self.put(&filename, total_size, overwrite)
            }
        }?;
        self.say(done);
        Ok(())
    }

    fn ls(&self) -> Result<String, Failure> {
        let files = self.server.folder.list()?;
        let count = files.len();
        let entry = |(name, size)| json!({"filename": name, "total_size": size});
        let list = fitting("files", files.into_iter().map(entry).collect());
        self.outgoing.send(Kind::Message, &list)?;
        Ok(format!("files listed: {count}"))
    }

    fn get(&self, name: &str, offset: u64) -> Result<String, Failure> {
        let mut source = self.server.folder.open(name)?;
        let total_size = source.size();
        let Some(size) = total_size.checked_sub(offset) else {
            let text =
                format!("offset is {offset}, the file has {total_size} bytes");
            return Err(Refusal::new(kind::BAD_REQUEST, text).into());
        };
        // The digest is the whole file's, so also of what the client has already.
        let mut digest = Sha256::new();
        let mut skipped = Skipped(&self.is_cut);
        source.send(&mut skipped, offset, &mut digest).map_err(explain)?;
        self.outgoing.message(
            &json!({"filename": name, "total_size": total_size, "offset": offset}),
        )?;
        let mut contents = Contents(&self.outgoing);
        source.send(&mut contents, size, &mut digest).map_err(explain)?;
        source.check_unchanged().map_err(refuse)?;
        self.outgoing.message(&json!({"sha256": hex(&digest)}))?;
        Ok(format!("sent {size} bytes"))
    }

    fn put(
        &mut self,
        name: &str,
        total_size: u64,
        overwrite: bool,
    ) -> Result<String, Failure> {
        let folder = &self.server.folder;
        folder.check_target(name, overwrite)?;
        let limit = self.server.max_size;
        if total_size > limit {
            let text = format!("{total_size} bytes, the limit is {limit}");
            return Err(Refusal::new(kind::TOO_LARGE, text).into());
        }
        let mut part = folder.create_part()?;
        self.outgoing.message(&json!({"ready": true}))?;
        let mut digest = Sha256::new();
        let arrived =
            take(&mut self.receiver, &mut part.file, total_size, &mut digest)?;
        arrived.written.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => Refusal::new(kind::BAD_REQUEST, error).into(),
            _ => refuse(error),
        })?;
        let digest = hex(&digest);
        let theirs = member(&arrived.trailer, "sha256", "a digest", Value::as_str)
            .map_err(|error| Refusal::new(kind::BAD_REQUEST, error))?;
        if arrived.missing > 0 {
            let text =
                format!("{} bytes of {total_size} are missing", arrived.missing);
            return Err(Refusal::new(kind::BAD_REQUEST, text).into());
        }
        if theirs != digest {
            let text = "what has arrived has another digest";
            return Err(Refusal::new(kind::DIGEST_MISMATCH, text).into());
        }
        folder.store(part, name, overwrite)?;
        self.outgoing.message(&json!({"stored": name, "sha256": digest}))?;
        Ok(format!("stored {total_size} bytes"))
    }
}

fn refuse(error: io::Error) -> Failure {
    Refusal::new(kind::IO, error).into()
}

/// Trouble with the file is said in place of what was to come; trouble with the
/// connection ends it.
fn explain(error: CopyError) -> Failure {
    match error {
        CopyError::Read(error) => refuse(error),
        CopyError::Write(error) => Failure::Broken(error),
    }
}
