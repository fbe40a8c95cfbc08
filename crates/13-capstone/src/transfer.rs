//! The client's `get` and `put`: lesson 7's, on the protected channel.

use std::path::Path;
use std::time::Instant;

use cli::{complain, context};
use custom_header::invalid;
use file_transfer::{
    CopyError, Done, Download, Failure, Refusal, Request as FileRequest, Source,
    hex, kind, number, progress_bar, text,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::contents::{Contents, take};
use crate::{Client, Request};

impl Client {
    /// Fetches a file; goes on where an earlier run has ended.
    ///
    /// # Errors
    ///
    /// See [`Failure`]. What has arrived so far stays as `.part-NAME`.
    pub fn get(&mut self, name: &str) -> Result<Done, Failure> {
        let started = Instant::now();
        let mut download =
            Download::open(&self.options.into, name, self.options.force)
                .map_err(Failure::Here)?;
        let mut right = self.fetch(name, &mut download)?;
        if !right && download.kept > 0 {
            complain(format!(
                "capstone-client: {} is not the beginning of the server's file, from \
                 the start again",
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
    fn fetch(&mut self, name: &str, part: &mut Download) -> Result<bool, Failure> {
        let (filename, offset) = (name.to_string(), part.kept);
        self.send(&Request::File(FileRequest::Get { filename, offset }))?;
        // Both sides digest what is here at the same time. Before the request, the
        // server would hear nothing meanwhile, and drop us.
        part.read_kept()?;
        let reply = match self.reply() {
            // The server's file has fewer bytes than are here.
            Err(Failure::Refused(refusal))
                if offset > 0 && refusal.kind == kind::BAD_REQUEST =>
            {
                return Ok(false);
            }
            reply => reply?,
        };
        let total_size = number(&reply, "total_size")?;
        if number(&reply, "offset")? != offset || total_size < offset {
            let text = "the server sends something else than was asked for";
            return Err(invalid(text).into());
        }
        let bar = progress_bar(total_size, offset);
        let mut file = bar.wrap_write(&part.file);
        let room = total_size - offset;
        let arrived = take(&mut self.receiver, &mut file, room, &mut part.digest)?;
        arrived.written.map_err(Failure::Here)?;
        if let Some(refusal) = Refusal::find(&arrived.trailer)? {
            return Err(refusal.into());
        }
        Ok(text(&arrived.trailer, "sha256")? == hex(&part.digest))
    }

    /// Sends a file; its name there is the last part of its path here.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn put(&mut self, path: &Path) -> Result<Done, Failure> {
        let started = Instant::now();
        let name = path.file_name().and_then(|name| name.to_str());
        let text_of_name =
            || invalid(format!("{} has no name that is text", path.display()));
        let filename =
            name.ok_or_else(text_of_name).map_err(Failure::Here)?.to_string();
        let mut source = Source::open(path)
            .map_err(context(format!("cannot open {}", path.display())))
            .map_err(Failure::Here)?;
        let total_size = source.size();
        let overwrite = self.options.force;
        self.send(&Request::File(FileRequest::Put {
            filename,
            total_size,
            overwrite,
        }))?;
        self.reply()?;
        let sha256 = match self.contents(&mut source) {
            Err(Failure::Here(error)) => {
                // It waits for our last word, and will refuse it.
                self.outgoing.message(&json!({"sha256": ""}))?;
                return match self.reply() {
                    Err(broken @ Failure::Broken(_)) => Err(broken),
                    _ => Err(Failure::Here(error)),
                };
            }
            sent => sent?,
        };
        self.outgoing.message(&json!({"sha256": sha256}))?;
        let reply = self.reply()?;
        if text(&reply, "sha256")? != sha256 {
            return Err(invalid("the server has stored something else").into());
        }
        Ok(Done { total_size, kept: 0, time: started.elapsed(), sha256 })
    }

    /// Sends the contents and returns their digest.
    fn contents(&mut self, source: &mut Source) -> Result<String, Failure> {
        let size = source.size();
        let bar = progress_bar(size, 0);
        let mut writer = bar.wrap_write(Contents(&self.outgoing));
        let mut digest = Sha256::new();
        source.send(&mut writer, size, &mut digest).map_err(
            |error| match error {
                CopyError::Read(error) => Failure::Here(error),
                CopyError::Write(error) => Failure::Broken(error),
            },
        )?;
        source.check_unchanged().map_err(Failure::Here)?;
        Ok(hex(&digest))
    }
}
