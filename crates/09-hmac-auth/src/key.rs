//! The key that both sides know: where it comes from, and where it must not.

use std::env;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use cli::{Error, complain, context};

/// The environment variable with the key.
const VARIABLE: &str = "HMAC_AUTH_KEY";

/// Who has recorded one conversation can try keys at home: 16 random bytes are too
/// many of them.
const MIN_KEY: usize = 16;

/// The value of `--key-file`, if there is one.
///
/// # Errors
///
/// Wrong usage: `--key` among them, which would be so convenient.
pub fn key_file(args: &mut cli::Args) -> Result<Option<PathBuf>, Error> {
    let expected = "--key-file FILE or the variable HMAC_AUTH_KEY";
    if !matches!(args.option::<String>("--key", expected), Ok(None)) {
        return Err(Error::Usage(format!(
            "--key is refused: every user here can read a command line (ps -ef), \
             expected {expected}"
        )));
    }
    args.option("--key-file", "a file")
}

/// The bytes of the file, or of the environment variable `HMAC_AUTH_KEY` if there is
/// no file, without the one line end that an editor or `echo` puts there. Says so on
/// stderr if others can read the file, too.
///
/// # Errors
///
/// `InvalidInput` if there is neither, or fewer than 16 bytes; the system's, if the
/// file cannot be read.
pub fn read_key(file: Option<&Path>) -> io::Result<Vec<u8>> {
    let (bytes, origin) = match file {
        Some(file) => (read_file(file)?, file.display().to_string()),
        None => (read_variable()?, VARIABLE.to_string()),
    };
    let unix = bytes.strip_suffix(b"\n");
    let key = bytes.strip_suffix(b"\r\n").or(unix).unwrap_or(&bytes);
    if key.len() < MIN_KEY {
        return Err(invalid(format!(
            "{origin} has {} bytes, expected a key of {MIN_KEY} or more: a \
             short one can be found by trying",
            key.len()
        )));
    }
    Ok(key.to_vec())
}

fn read_file(file: &Path) -> io::Result<Vec<u8>> {
    let name = file.display();
    let bytes =
        cli::read_file(file).map_err(context(format!("cannot read {name}")))?;
    if others_can_read(file) {
        complain(format!("warning: other users can read {name}: chmod 600 {name}"));
    }
    Ok(bytes)
}

fn read_variable() -> io::Result<Vec<u8>> {
    let value = env::var_os(VARIABLE).ok_or_else(|| {
        invalid(format!(
            "no key, expected --key-file FILE or the variable {VARIABLE}"
        ))
    })?;
    Ok(value.into_encoded_bytes())
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, text)
}

#[cfg(unix)]
fn others_can_read(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|seen| seen.mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_file: &Path) -> bool {
    false // Windows has no such bits
}
