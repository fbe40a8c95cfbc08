//! What the server says about its clients: on its terminal, and in a file with the
//! time.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cli::{complain, context};

/// Where events are noted, one a line.
#[derive(Debug, Default)]
pub struct Log(Option<File>);

impl Log {
    /// Appends to a file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn append(file: &Path) -> io::Result<Self> {
        let opened = OpenOptions::new().append(true).create(true).open(file);
        let what = format!("cannot open {}", file.display());
        Ok(Log(Some(opened.map_err(context(what))?)))
    }

    /// Notes an event, and prints it on stdout.
    pub fn say(&self, event: impl Display) {
        self.note(&event);
        println!("{event}");
    }

    /// Notes an error, and prints it on stderr.
    pub fn complain(&self, error: impl Display) {
        self.note(&error);
        complain(format!("capstone-server: {error}"));
    }

    /// A line: the seconds since 1970 (UTC; `date -d @1735689600` reads them), and
    /// what happened. With one write, so that lines of several threads do not mix.
    fn note(&self, event: &impl Display) {
        let Some(mut file) = self.0.as_ref() else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = format!("{}.{:03} {event}\n", now.as_secs(), now.subsec_millis());
        if let Err(error) = file.write_all(line.as_bytes()) {
            complain(format!("capstone-server: cannot write the log: {error}"));
        }
    }
}
