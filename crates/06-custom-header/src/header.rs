//! The header of an answer: what a reader must know before it reads the output.

use std::io;

use serde_json::{Value, json};

use crate::json::{invalid, member, parse_object};

/// Says how many bytes of output follow, and how the command ended.
///
/// On the wire a JSON object with these members; readers ignore others.
///
/// ```json
/// {"total_size": 42, "stdout_size": 30, "exit_code": 0, "truncated": false}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// How many bytes follow the header: stdout's and then stderr's.
    pub total_size: u64,
    /// How many of them are stdout's.
    pub stdout_size: u64,
    /// The shell's exit status; `None` (null) if a signal or a limit ended it.
    pub exit_code: Option<i32>,
    /// True if there was more output than the server's limit.
    pub truncated: bool,
    /// Why the request was refused; the member is left out if it was not.
    pub error: Option<String>,
}

impl Header {
    /// The header that answers a request which is refused; nothing follows it.
    pub fn refusal(error: impl ToString) -> Self {
        Header { error: Some(error.to_string()), ..Header::default() }
    }

    /// As a JSON object.
    pub fn to_json(&self) -> Vec<u8> {
        let mut object = json!({
            "total_size": self.total_size,
            "stdout_size": self.stdout_size,
            "exit_code": self.exit_code,
            "truncated": self.truncated,
        });
        if let Some(error) = &self.error {
            object["error"] = json!(error);
        }
        object.to_string().into_bytes()
    }

    /// From a JSON object.
    ///
    /// # Errors
    ///
    /// `InvalidData`, with a sentence that tells apart: not JSON, no object, a member
    /// that is missing, of the wrong type, or impossible.
    pub fn from_json(bytes: &[u8]) -> io::Result<Self> {
        let object = parse_object(bytes)?;
        let size = |name| member(&object, name, "an integer from 0", Value::as_u64);
        let header = Header {
            total_size: size("total_size")?,
            stdout_size: size("stdout_size")?,
            exit_code: member(
                &object,
                "exit_code",
                "an integer or null",
                exit_code,
            )?,
            truncated: member(
                &object,
                "truncated",
                "true or false",
                Value::as_bool,
            )?,
            error: match object.contains_key("error") {
                true => Some(member(&object, "error", "a string", text)?),
                false => None,
            },
        };
        if header.stdout_size > header.total_size {
            return Err(invalid(format!(
                "stdout_size is {}, expected at most total_size, which is {}",
                header.stdout_size, header.total_size
            )));
        }
        if header.error.is_some() && header.total_size > 0 {
            return Err(invalid("a refusal has no output, expected total_size 0"));
        }
        Ok(header)
    }
}

fn exit_code(value: &Value) -> Option<Option<i32>> {
    match value {
        Value::Null => Some(None),
        _ => Some(Some(i32::try_from(value.as_i64()?).ok()?)),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(String::from)
}
