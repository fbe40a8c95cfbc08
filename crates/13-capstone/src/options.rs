//! How a client behaves, and how that is said on a command line.

use std::path::PathBuf;
use std::time::Duration;

use cli::{Args, Error};

use crate::client_key;
use crate::keys::NAME;

/// How a client behaves. It has no `Debug`: nobody can log the key by mistake.
pub struct Options {
    /// Who we are.
    pub user: String,
    /// What proves it.
    pub key: Vec<u8>,
    /// The folder for what is fetched.
    pub into: PathBuf,
    /// True if files may be replaced, here and there.
    pub force: bool,
    /// True if a command's output is taken only when Enter is typed, and then
    /// counted instead of printed.
    pub slow: bool,
    /// How long the server may neither send nor take anything; not while a command
    /// runs and prints nothing.
    pub idle_timeout: Duration,
}

impl Options {
    /// What the command line says.
    ///
    /// # Errors
    ///
    /// Wrong usage, or no key.
    pub fn from_args(args: &mut Args) -> Result<Self, Error> {
        let key_file: Option<PathBuf> = args.option("--key-file", "a file")?;
        let idle_timeout = args.seconds("--idle-timeout")?;
        let user = args.option("--user", NAME)?;
        Ok(Options {
            into: args.option("--into", "a folder")?.unwrap_or_default(),
            force: args.flag("--force"),
            slow: args.flag("--slow"),
            idle_timeout: idle_timeout.unwrap_or(Duration::from_secs(60)),
            user: user.ok_or_else(|| {
                Error::Usage(format!("no user, expected --user NAME, {NAME}"))
            })?,
            key: client_key(key_file.as_deref())?,
        })
    }
}
