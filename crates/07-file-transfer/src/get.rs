//! The client's `get`: fetch, compare the digest, and only then give the file its
//! name.

use std::io::{self, ErrorKind};
use std::time::Instant;

use cli::{complain, context};
use custom_header::{MAX_COMMAND, Object, invalid, write_frame};

use crate::client::{Client, Done, Failure, Options, progress_bar};
use crate::copy::{CopyError, copy, hex};
use crate::disturb::{Disturbance, Disturbed};
use crate::download::Download;
use crate::protocol::{Request, number, text};
use crate::refusal::kind;

impl Client {
    /// Fetches a file; goes on where an earlier run has ended.
    ///
    /// # Errors
    ///
    /// See [`Failure`]. What has arrived so far stays as `.part-NAME`.
    pub fn get(&mut self, name: &str) -> Result<Done, Failure> {
        let started = Instant::now();
        let Options { into, force, .. } = &self.options;
        let mut download =
            Download::open(into, name, *force).map_err(Failure::Here)?;
        let mut right = self.fetch(name, &mut download)?;
        if !right && download.kept > 0 {
            complain(format!(
                "file-transfer-client: {} is not the beginning of the server's \
                 file, from the start again",
                download.part.display()
            ));
            download.restart().map_err(Failure::Here)?;
            right = self.fetch(name, &mut download)?;
        }
        if !right {
            download.restart().map_err(Failure::Here)?; // so that nothing stays
            let text = "what has arrived does not have the server's digest";
            return Err(Failure::Here(invalid(text)));
        }
        let total_size = download.file.metadata().map_err(Failure::Here)?.len();
        let (kept, sha256) = (download.kept, hex(&download.digest));
        download.finish().map_err(Failure::Here)?;
        Ok(Done { total_size, kept, time: started.elapsed(), sha256 })
    }

    /// Fetches what is missing; false if that does not make the server's file.
    fn fetch(
        &mut self,
        name: &str,
        download: &mut Download,
    ) -> Result<bool, Failure> {
        let offset = download.kept;
        let Some(reply) = self.ask_for(name, download)? else { return Ok(false) };
        let total_size = check_header(&reply, name, offset)?;
        let bar = progress_bar(total_size, offset);
        let file = bar.wrap_write(&download.file);
        let plan = Disturbance { corrupt: None, ..self.options.disturbance };
        let mut file = Disturbed::new(file, plan);
        copy(
            &mut self.connection,
            &mut file,
            total_size - offset,
            &mut download.digest,
        )
        .map_err(|error| match error {
            CopyError::Read(error) => error,
            CopyError::Write(error) => context("cannot write the file")(error),
        })?;
        // A refusal instead of the digest is the server's last word.
        let trailer = self
            .read_reply(MAX_COMMAND)
            .map_err(|failure| Failure::Broken(failure.into()))?;
        Ok(text(&trailer, "sha256")? == hex(&download.digest))
    }

    /// Asks for what is missing; `None` if the file has fewer bytes than are here.
    fn ask_for(
        &mut self,
        name: &str,
        download: &mut Download,
    ) -> Result<Option<Object>, Failure> {
        let offset = download.kept;
        let request = Request::Get { filename: name.to_string(), offset };
        write_frame(&mut self.connection, &request.to_json())?;
        // Both sides digest these bytes at the same time. Before the request, the
        // server would hear nothing meanwhile, and drop us.
        download.read_kept()?;
        match self.read_reply(MAX_COMMAND) {
            Err(Failure::Refused(refusal))
                if offset > 0 && refusal.kind == kind::BAD_REQUEST =>
            {
                Ok(None)
            }
            Err(Failure::Broken(error))
                if offset > 0 && error.kind() == ErrorKind::TimedOut =>
            {
                let hint = "the server digests what is here before it answers, \
                            see --idle-timeout";
                Err(Failure::Broken(context(hint)(error)))
            }
            other => other.map(Some),
        }
    }
}

/// The size of the whole file, if the header is about what was asked for.
fn check_header(header: &Object, name: &str, offset: u64) -> io::Result<u64> {
    let total_size = number(header, "total_size")?;
    let same = text(header, "filename")? == name
        && number(header, "offset")? == offset
        && total_size >= offset;
    match same {
        true => Ok(total_size),
        false => Err(invalid("the server sends something else than was asked for")),
    }
}
