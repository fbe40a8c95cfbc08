//! What a user may say to the client, and what is printed then.

use std::fmt;
use std::path::PathBuf;

use crate::client::{Client, Done, Failure};

/// What the client is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// List the server's files.
    Ls,
    /// Fetch one.
    Get(String),
    /// Send one.
    Put(PathBuf),
}

impl Command {
    /// Understands a verb and what stands behind it.
    ///
    /// # Errors
    ///
    /// A sentence that says what is expected.
    pub fn parse(verb: &str, operand: &str) -> Result<Self, String> {
        match (verb, operand) {
            ("ls", "") => Ok(Command::Ls),
            ("get", "") | ("put", "") => Err(format!("{verb} needs a name")),
            ("get", name) => Ok(Command::Get(name.to_string())),
            ("put", path) => Ok(Command::Put(PathBuf::from(path))),
            _ => {
                let line = format!("{verb} {operand}");
                let line = line.trim_end();
                Err(format!("{line:?} is wrong, expected ls, get NAME or put PATH"))
            }
        }
    }

    /// Does it and prints what came of it.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn run(&self, client: &mut Client) -> Result<(), Failure> {
        match self {
            Command::Ls => {
                let (files, truncated) = client.ls()?;
                for (name, size) in files {
                    println!("{size:>12} {name}");
                }
                if truncated {
                    println!("... and more than fit into one reply");
                }
            }
            Command::Get(name) => println!("got {name}: {}", client.get(name)?),
            Command::Put(path) => {
                println!("put {}: {}", path.display(), client.put(path)?);
            }
        }
        Ok(())
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.as_secs_f64();
        write!(f, "{} bytes in {seconds:.3} s", self.total_size)?;
        let moved = (self.total_size - self.kept) as f64;
        if moved >= 1e6 {
            write!(f, ", {:.1} MB/s", moved / 1e6 / seconds)?;
        }
        if self.kept > 0 {
            write!(f, ", {} were here already", self.kept)?;
        }
        write!(f, "\nsha256 {}", self.sha256)
    }
}
