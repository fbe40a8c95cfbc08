//! Why a server does not do what it was asked, for programs and for people.

use std::fmt;
use std::io;

use cli::{printable, show};
use custom_header::{Object, member};
use serde_json::{Value, json};

use crate::protocol::text;

/// How many characters of a refusal are shown at most.
const MAX_TEXT: usize = 500;

/// The kinds of a refusal.
pub mod kind {
    /// No name of a file, but a path, a temporary name, or nothing at all.
    pub const BAD_NAME: &str = "bad_name";
    /// There is no such file, or it lies outside the shared folder.
    pub const NOT_FOUND: &str = "not_found";
    /// A folder, a FIFO, a device; for `put` also a link.
    pub const NOT_A_FILE: &str = "not_a_file";
    /// `put` without `overwrite`, and the name is taken.
    pub const EXISTS: &str = "exists";
    /// Over the server's limit.
    pub const TOO_LARGE: &str = "too_large";
    /// What arrived is not what was sent.
    pub const DIGEST_MISMATCH: &str = "digest_mismatch";
    /// Not JSON, a member that is wrong or missing, an offset beyond the end.
    pub const BAD_REQUEST: &str = "bad_request";
    /// The server's system said no: a full disk, no permission.
    pub const IO: &str = "io";
}

/// Why a server does not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One of those in [`kind`]: for programs.
    pub kind: String,
    /// A sentence: for people.
    pub message: String,
}

impl Refusal {
    /// A refusal of a [`kind`].
    pub fn new(kind: &str, message: impl ToString) -> Self {
        Refusal { kind: kind.to_string(), message: message.to_string() }
    }

    /// As a JSON object with the one member `error`.
    pub fn to_json(&self) -> Vec<u8> {
        let error = json!({"kind": self.kind, "message": self.message});
        json!({ "error": error }).to_string().into_bytes()
    }

    /// The refusal in a reply, if the reply is one.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is one, but not as it should be.
    pub fn find(reply: &Object) -> io::Result<Option<Self>> {
        if !reply.contains_key("error") {
            return Ok(None);
        }
        let error = member(reply, "error", "an object", Value::as_object)?;
        // A peer must not steer the terminal that this is printed on, nor fill it.
        let safe = |text: &str| {
            let start: String = text.chars().take(MAX_TEXT).collect();
            printable(start.as_bytes())
        };
        let message = safe(text(error, "message")?);
        Ok(Some(Refusal::new(&safe(text(error, "kind")?), message)))
    }
}

/// There is no such file.
pub fn not_found(name: &str) -> Refusal {
    let text = format!("there is no file {}", show(name.as_bytes()));
    Refusal::new(kind::NOT_FOUND, text)
}

/// There is something else under that name.
pub fn not_a_file(name: &str) -> Refusal {
    let text = format!("{} is not a regular file", show(name.as_bytes()));
    Refusal::new(kind::NOT_A_FILE, text)
}

/// The name is taken.
pub fn exists(name: &str) -> Refusal {
    let text = format!("there is a file {} already", show(name.as_bytes()));
    Refusal::new(kind::EXISTS, text)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused ({}): {}", self.kind, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use custom_header::parse_object;

    #[test]
    fn a_refusal_cannot_steer_the_terminal() {
        let refusal = Refusal::new("io\n", "\x1b[2Jfull");
        let reply = parse_object(&refusal.to_json()).unwrap();
        let found = Refusal::find(&reply).unwrap().unwrap();
        assert_eq!(found.to_string(), r"refused (io\n): \u{1b}[2Jfull");
    }

    #[test]
    fn a_refusal_cannot_fill_the_terminal() {
        let refusal = Refusal::new("io", "x".repeat(60_000));
        let reply = parse_object(&refusal.to_json()).unwrap();
        let found = Refusal::find(&reply).unwrap().unwrap();
        assert_eq!(found.message, "x".repeat(500));
    }
}
