//! What a user may say to the client, and what is printed then.

use std::fmt;
use std::path::PathBuf;

use cli::{Error, complain, printable};

use crate::client::{Client, Done, Failure};
use crate::disturb::Disturbance;

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
    /// The command on the command line, if there is one.
    ///
    /// # Errors
    ///
    /// Wrong usage: no command, or a disturbance that it has no use for.
    pub fn from_args(
        args: &mut cli::Args,
        disturbance: &Disturbance,
    ) -> Result<Option<Self>, Error> {
        let verb = args.positional()?;
        let operand = args.positional()?.unwrap_or_default();
        let command = verb.map(|verb| Command::parse(&verb, &operand)).transpose();
        let command = command.map_err(Error::Usage)?;
        // Without a command, what is typed are commands, and no Enter is left over.
        let pauses = matches!(command, Some(Command::Get(_) | Command::Put(_)));
        if disturbance.pause_after.is_some() && !pauses {
            let text = "--pause-after needs get NAME or put PATH beside it";
            return Err(Error::Usage(text.to_string()));
        }
        let corrupts = matches!(command, None | Some(Command::Put(_)));
        if disturbance.corrupt.is_some() && !corrupts {
            let text = "--corrupt is for put PATH";
            return Err(Error::Usage(text.to_string()));
        }
        Ok(command)
    }

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
                    println!("{size:>12} {}", printable(name.as_bytes()));
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

/// Does what is typed, line by line, until the end of input or `quit`.
///
/// # Errors
///
/// `Broken`; any other failure is printed, and the next line read.
pub fn talk(client: &mut Client) -> Result<(), Failure> {
    for line in cli::lines() {
        let line = line.map_err(Failure::Here)?;
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            continue;
        }
        let (verb, operand) = line.split_once(' ').unwrap_or((&line, ""));
        match Command::parse(verb, operand.trim_start())
            .map(|command| command.run(client))
        {
            Ok(Ok(())) => {}
            Ok(Err(broken @ Failure::Broken(_))) => return Err(broken),
            Ok(Err(failure)) => complain(format!("file-transfer-client: {failure}")),
            Err(text) => complain(format!("file-transfer-client: {text}")),
        }
    }
    Ok(())
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
