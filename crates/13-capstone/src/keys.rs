//! Who may come: the server's file of names and keys, and the client's own key.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, ErrorKind};
use std::path::Path;

use cli::context;
use custom_header::invalid;
use hmac_auth::{SIZE, new_challenge};

/// The environment variable with the client's key.
const VARIABLE: &str = "CAPSTONE_KEY";

/// The server proves first, to anybody who says a name: who has its proof can try
/// keys on it at home. 16 random bytes are too many.
const MIN_KEY: usize = 16;

/// How many characters a name has at most.
const MAX_USER: usize = 32;

/// What a name is, for those who get it wrong.
pub(crate) const NAME: &str = "1 to 32 of a-z, 0-9, - and _";

/// The keys of all users. It has no `Debug`: nobody can log them by mistake.
pub struct Keys {
    keys: BTreeMap<String, Vec<u8>>,
    /// In place of an unknown name's.
    nobodys: [u8; SIZE],
}

impl Keys {
    /// Reads a file with a line `NAME KEY` for each user: the key is what stands
    /// behind the first blank, at least 16 bytes of UTF-8. Empty lines and lines
    /// that begin with `#` do not count.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if others than its owner may read it (Unix), `InvalidData`
    /// with the number of a line that is wrong, or without any user; the system's.
    pub fn read(path: &Path) -> io::Result<Self> {
        let name = path.display();
        let bytes =
            cli::read_file(path).map_err(context(format!("cannot read {name}")))?;
        refuse_if_others_can_read(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| invalid(format!("{name} is not UTF-8")))?;
        Keys::parse(&text).map_err(context(name))
    }

    /// As [`read`](Keys::read), from the text of such a file.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn parse(text: &str) -> io::Result<Self> {
        let mut keys = BTreeMap::new();
        for (line, number) in text.lines().zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (user, key) = parse_line(line)
                .map_err(|text| invalid(format!("line {number}: {text}")))?;
            if keys.insert(user.to_string(), key.as_bytes().to_vec()).is_some() {
                return Err(invalid(format!(
                    "line {number}: a second key for {user}, expected one"
                )));
            }
        }
        if keys.is_empty() {
            return Err(invalid("nobody in it, expected a line NAME KEY"));
        }
        Ok(Keys { keys, nobodys: new_challenge()? })
    }

    /// The key of a user, and true if there is such a user. For an unknown name it is
    /// a key that nobody has: a proof made with it looks like any other and takes the
    /// same time, so nobody finds out names by trying.
    pub fn find(&self, user: &str) -> (&[u8], bool) {
        match self.keys.get(user) {
            Some(key) => (key, true),
            None => (&self.nobodys, false),
        }
    }
}

/// True for a name: 1 to 32 of `a` to `z`, `0` to `9`, `-` and `_`.
pub fn is_user(name: &str) -> bool {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    (1..=MAX_USER).contains(&name.len()) && name.bytes().all(fits)
}

/// The client's key: the bytes of the file, or of the environment variable
/// `CAPSTONE_KEY` if there is no file, without one line end at their end.
///
/// # Errors
///
/// `InvalidInput` if there is neither, or fewer than 16 bytes; the system's.
pub fn client_key(file: Option<&Path>) -> io::Result<Vec<u8>> {
    if file.is_some() {
        return hmac_auth::read_key(file);
    }
    let refused = |text: String| io::Error::new(ErrorKind::InvalidInput, text);
    let key = env::var_os(VARIABLE).ok_or_else(|| {
        refused(format!(
            "no key, expected --key-file FILE or the variable {VARIABLE}"
        ))
    })?;
    match key.len() {
        MIN_KEY.. => Ok(key.into_encoded_bytes()),
        size => Err(refused(format!(
            "{VARIABLE} has {size} bytes, expected a key of {MIN_KEY} or more"
        ))),
    }
}

fn parse_line(line: &str) -> Result<(&str, &str), String> {
    let Some((user, key)) = line.split_once(' ') else {
        return Err("no blank in it, expected NAME KEY".to_string());
    };
    if !is_user(user) {
        // Not what it is: somebody may have written the key first.
        return Err(format!("no name before the first blank, expected {NAME}"));
    }
    match key.len() {
        MIN_KEY.. => Ok((user, key)),
        size => Err(format!(
            "the key has {size} bytes, expected {MIN_KEY} or more: a short one can be \
             found by trying"
        )),
    }
}

#[cfg(unix)]
fn refuse_if_others_can_read(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let mode = path.metadata()?.mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let name = path.display();
    Err(io::Error::new(
        ErrorKind::PermissionDenied,
        format!("{name} is open to other users of this machine: chmod 600 {name}"),
    ))
}

#[cfg(not(unix))]
fn refuse_if_others_can_read(_path: &Path) -> io::Result<()> {
    Ok(()) // Windows has no such bits
}
