//! What a client may ask for.

use std::fmt;
use std::io;

use cli::show;
use custom_header::{invalid, parse_object};
use file_transfer::{Request as FileRequest, text};
use serde_json::json;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Run a command.
    Run(String),
    /// End the command that runs.
    Interrupt,
    /// Who is here.
    Who,
    /// Lesson 7's `ls`, `get` and `put`.
    File(FileRequest),
}

impl Request {
    /// As a JSON object.
    pub fn to_json(&self) -> Vec<u8> {
        let object = match self {
            Request::Run(command) => json!({"op": "run", "command": command}),
            Request::Interrupt => json!({"op": "interrupt"}),
            Request::Who => json!({"op": "who"}),
            Request::File(request) => return request.to_json(),
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
            "run" => match text(&object, "command")? {
                "" => Err(invalid("the command is empty")),
                command if command.contains('\0') => {
                    Err(invalid("the command holds a NUL"))
                }
                command => Ok(Request::Run(command.to_string())),
            },
            "interrupt" => Ok(Request::Interrupt),
            "who" => Ok(Request::Who),
            "ls" | "get" | "put" => FileRequest::from_json(bytes).map(Request::File),
            other => Err(invalid(format!(
                "op is {}, expected run, interrupt, ls, get, put or who",
                show(other.as_bytes())
            ))),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Run(command) => write!(f, "run {command:?}"),
            Request::Interrupt => write!(f, "interrupt"),
            Request::Who => write!(f, "who"),
            Request::File(request) => write!(f, "{request}"),
        }
    }
}
