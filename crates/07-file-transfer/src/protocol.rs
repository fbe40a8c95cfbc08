//! What is asked and what is refused, as JSON objects.

use std::fmt;
use std::io;

use cli::show;
use custom_header::{MAX_MESSAGE, Object, invalid, member, parse_object};
use serde_json::{Value, json};

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The names and sizes of all files.
    Ls,
    /// The contents of a file from `offset` on.
    Get {
        /// Which.
        filename: String,
        /// How many bytes the client has already.
        offset: u64,
    },
    /// Room for a file.
    Put {
        /// Under which name.
        filename: String,
        /// How many bytes will come.
        total_size: u64,
        /// True if a file of this name is to be replaced.
        overwrite: bool,
    },
}

impl Request {
    /// As a JSON object.
    pub fn to_json(&self) -> Vec<u8> {
        let object = match self {
            Request::Ls => json!({"op": "ls"}),
            Request::Get { filename, offset } => {
                json!({"op": "get", "filename": filename, "offset": offset})
            }
            Request::Put { filename, total_size, overwrite } => json!({
                "op": "put",
                "filename": filename,
                "total_size": total_size,
                "overwrite": overwrite,
            }),
        };
        object.to_string().into_bytes()
    }

    /// From a JSON object.
    ///
    /// # Errors
    ///
    /// `InvalidData`: not JSON, or a member that is missing or wrong.
    pub fn from_json(bytes: &[u8]) -> io::Result<Self> {
        let object = parse_object(bytes)?;
        match text(&object, "op")? {
            "ls" => Ok(Request::Ls),
            "get" => Ok(Request::Get {
                filename: text(&object, "filename")?.to_string(),
                offset: match object.contains_key("offset") {
                    true => number(&object, "offset")?,
                    false => 0,
                },
            }),
            "put" => Ok(Request::Put {
                filename: text(&object, "filename")?.to_string(),
                total_size: number(&object, "total_size")?,
                overwrite: member(
                    &object,
                    "overwrite",
                    "true or false",
                    Value::as_bool,
                )?,
            }),
            other => {
                let op = show(other.as_bytes());
                Err(invalid(format!("op is {op}, expected ls, get or put")))
            }
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Ls => write!(f, "ls"),
            Request::Get { filename, offset: 0 } => {
                write!(f, "get {}", show(filename.as_bytes()))
            }
            Request::Get { filename, offset } => {
                write!(f, "get {} from byte {offset}", show(filename.as_bytes()))
            }
            Request::Put { filename, total_size, .. } => {
                write!(f, "put {}, {total_size} bytes", show(filename.as_bytes()))
            }
        }
    }
}

/// The reply to `ls`, and how many of the files it holds: as many as fit a message.
pub fn listing(files: &[(String, u64)]) -> (Vec<u8>, usize) {
    let reply = |entries: &str, truncated| {
        format!(r#"{{"files":[{entries}],"truncated":{truncated}}}"#)
    };
    let room = MAX_MESSAGE - reply("", false).len();
    // As text: a tree of JSON values would take ten times as much memory.
    let mut entries = String::new();
    let mut shown = 0;
    for (filename, total_size) in files {
        let entry = json!({"filename": filename, "total_size": total_size});
        let entry = entry.to_string();
        if entries.len() + ",".len() + entry.len() > room {
            break;
        }
        if shown > 0 {
            entries.push(',');
        }
        entries.push_str(&entry);
        shown += 1;
    }
    (reply(&entries, shown < files.len()).into_bytes(), shown)
}

/// A member that is text.
///
/// # Errors
///
/// `InvalidData`: there is no such member, or it is of another type.
pub fn text<'a>(object: &'a Object, name: &str) -> io::Result<&'a str> {
    member(object, name, "a string", Value::as_str)
}

/// A member that is a size or an offset.
///
/// # Errors
///
/// `InvalidData`: there is no such member, or it is of another type.
pub fn number(object: &Object, name: &str) -> io::Result<u64> {
    member(object, name, "an integer from 0", Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::{Request, listing};
    use custom_header::MAX_MESSAGE;

    #[test]
    fn a_request_comes_back_as_it_was() {
        let name = || "a \"b\" 你.txt".to_string();
        for request in [
            Request::Ls,
            Request::Get { filename: name(), offset: u64::MAX },
            Request::Put { filename: name(), total_size: 5, overwrite: true },
        ] {
            assert_eq!(Request::from_json(&request.to_json()).unwrap(), request);
        }
    }

    #[test]
    fn without_an_offset_a_get_is_from_the_start() {
        let request = Request::from_json(br#"{"op":"get","filename":"a","x":1}"#);
        let expected = Request::Get { filename: "a".to_string(), offset: 0 };
        assert_eq!(request.unwrap(), expected);
    }

    #[test]
    fn a_list_holds_as_much_as_a_message_may() {
        let files: Vec<_> =
            (0..9000).map(|n| (format!("{n:0100}"), u64::MAX)).collect();
        let (reply, shown) = listing(&files);
        assert!(reply.len() <= MAX_MESSAGE && reply.len() > MAX_MESSAGE - 200);
        assert!(shown < 9000 && reply.ends_with(br#""truncated":true}"#));
        let (reply, _) = listing(&files[..shown]);
        assert!(reply.ends_with(br#""truncated":false}"#));
    }
}
