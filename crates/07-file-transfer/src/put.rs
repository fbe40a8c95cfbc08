//! The client's `put`: announce, send, and prove what was sent.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::Instant;

use cli::context;
use custom_header::{MAX_COMMAND, invalid, member, write_frame};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::{Client, Done, Failure, progress_bar};
use crate::connection::Connection;
use crate::copy::{CopyError, hex};
use crate::disturb::Disturbed;
use crate::protocol::{Request, text};
use crate::source::Source;

impl Client {
    /// Sends a file; its name there is the last part of its path here.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn put(&mut self, path: &Path) -> Result<Done, Failure> {
        let started = Instant::now();
        let (mut source, filename) = open(path).map_err(Failure::Here)?;
        let request = Request::Put {
            filename: filename.clone(),
            total_size: source.size(),
            overwrite: self.options.force,
        };
        let reply = self.ask(&request, MAX_COMMAND)?;
        if !member(&reply, "ready", "true", Value::as_bool)? {
            return Err(invalid("the server says that it is not ready").into());
        }
        let sha256 = self.send(&mut source)?;
        let trailer = json!({"sha256": sha256}).to_string();
        write_frame(&mut self.connection, trailer.as_bytes())?;
        let reply = self.read_reply(MAX_COMMAND).map_err(unsure)?;
        if text(&reply, "stored")? != filename || text(&reply, "sha256")? != sha256 {
            return Err(invalid("the server has stored something else").into());
        }
        let total_size = source.size();
        Ok(Done { total_size, kept: 0, time: started.elapsed(), sha256 })
    }

    /// Sends the contents and returns their digest.
    fn send(&mut self, source: &mut Source) -> Result<String, Failure> {
        let size = source.size();
        let bar = progress_bar(size, 0);
        let writer = bar.wrap_write(UntilAnswered(&mut self.connection));
        let mut writer = Disturbed::new(writer, self.options.disturbance);
        let mut digest = Sha256::new();
        match source.send(&mut writer, size, &mut digest) {
            Ok(()) => {
                source.check_unchanged()?;
                Ok(hex(&digest))
            }
            Err(CopyError::Read(error)) => Err(Failure::Broken(error)),
            // Who takes nothing says nothing: no need to wait once more.
            Err(CopyError::Write(error)) if error.kind() == ErrorKind::TimedOut => {
                Err(Failure::Broken(error))
            }
            Err(CopyError::Write(error)) => match self.read_reply(MAX_COMMAND) {
                // Why it takes no more; it closes after that.
                Err(failure) => Err(Failure::Broken(failure.into())),
                Ok(_) => Err(Failure::Broken(error)),
            },
        }
    }
}

/// The server flushes a file before it answers, and a slow disk takes its time.
fn unsure(failure: Failure) -> Failure {
    match failure {
        Failure::Broken(error) if error.kind() == ErrorKind::TimedOut => {
            let hint =
                "all is sent, perhaps stored (look with ls, see --idle-timeout)";
            Failure::Broken(context(hint)(error))
        }
        other => other,
    }
}

fn open(path: &Path) -> io::Result<(Source, String)> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        let text = format!("{} has no name that is text", path.display());
        io::Error::new(ErrorKind::InvalidInput, text)
    })?;
    let source = Source::open(path)
        .map_err(context(format!("cannot open {}", path.display())))?;
    Ok((source, name.to_string()))
}

/// Writes as long as the server only listens. If it answers before it has
/// everything, then because something is wrong (a full disk), and the rest is of no
/// use.
struct UntilAnswered<'a>(&'a mut Connection);

impl Write for UntilAnswered<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.has_input()? {
            let text =
                "the server has answered, or closed, before it had everything";
            return Err(io::Error::other(text));
        }
        self.0.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
