//! What a user may say to the client, and what is printed then.

use std::path::PathBuf;

use cli::{Args, Error, complain, printable};
use file_transfer::Failure;

use crate::{Client, Input, Person};

/// What the client is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run a command over there.
    Run(String),
    /// Fetch a file.
    Get(String),
    /// Send one.
    Put(PathBuf),
    /// List the server's files.
    Ls,
    /// Say who is there.
    Who,
}

impl Command {
    /// The command on the command line, if there is one.
    ///
    /// # Errors
    ///
    /// Wrong usage.
    pub fn from_args(args: &mut Args) -> Result<Option<Self>, Error> {
        let mut words = Vec::new();
        while let Some(word) = args.positional()? {
            words.push(word);
        }
        match words.is_empty() {
            true => Ok(None),
            false => {
                Command::parse(&words.join(" ")).map(Some).map_err(Error::Usage)
            }
        }
    }

    /// Understands a line.
    ///
    /// # Errors
    ///
    /// A sentence that says what is expected.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim();
        let (verb, operand) = line.split_once(' ').unwrap_or((line, ""));
        let operand = operand.trim_start();
        match (verb, operand) {
            ("ls", "") => Ok(Command::Ls),
            ("who", "") => Ok(Command::Who),
            ("run", "") => Err("run needs a command".to_string()),
            ("get" | "put", "") => Err(format!("{verb} needs a name")),
            ("run", command) => Ok(Command::Run(command.to_string())),
            ("get", name) => Ok(Command::Get(name.to_string())),
            ("put", path) => Ok(Command::Put(PathBuf::from(path))),
            _ => Err(format!(
                "{line:?} is wrong, expected run COMMAND, get NAME, put PATH, ls or who"
            )),
        }
    }

    /// Does it and prints what came of it; returns the exit status.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn perform(&self, client: &mut Client, input: Input) -> Result<u8, Failure> {
        match self {
            Command::Run(command) => return client.run(command, input),
            Command::Get(name) => println!("got {name}: {}", client.get(name)?),
            Command::Put(path) => {
                println!("put {}: {}", path.display(), client.put(path)?);
            }
            Command::Ls => {
                let (files, truncated) = client.ls()?;
                for (name, size) in files {
                    println!("{size:>12} {}", printable(name.as_bytes()));
                }
                print_more(truncated);
            }
            Command::Who => {
                let (people, truncated) = client.who()?;
                people.iter().for_each(print_person);
                print_more(truncated);
            }
        }
        Ok(0)
    }
}

/// Does what is typed, line by line, until the end of input or `quit`. Commands over
/// there have an empty input: what is typed are lines for us.
///
/// # Errors
///
/// `Broken`; any other failure is printed, and the next line read.
pub fn talk(client: &mut Client) -> Result<(), Failure> {
    for line in cli::lines() {
        let line = line.map_err(Failure::Here)?;
        let line =
            str::from_utf8(&line).map_err(|_| "the line is not UTF-8".to_string());
        if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
            continue;
        }
        let performed = line
            .and_then(Command::parse)
            .map(|command| command.perform(client, Input::Empty));
        match performed {
            Ok(Ok(0)) => {}
            Ok(Ok(status)) => complain(format!("exit status {status}")),
            Ok(Err(broken @ Failure::Broken(_))) => return Err(broken),
            Ok(Err(failure)) => complain(format!("capstone-client: {failure}")),
            Err(text) => complain(format!("capstone-client: {text}")),
        }
    }
    Ok(())
}

fn print_person(person: &Person) {
    let Person { user, address, seconds, busy } = person;
    let doing = busy.as_deref().unwrap_or("-");
    let line = format!("{user} {address} since {seconds} s: {doing}");
    println!("{}", printable(line.as_bytes()));
}

fn print_more(truncated: bool) {
    if truncated {
        println!("... and more than fit into one reply");
    }
}
