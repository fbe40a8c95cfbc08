//! JSON objects from a peer, taken apart with care: what is wrong with one is said so
//! that the author of the other program can mend it.

use std::io::{self, ErrorKind};

use serde_json::{Map, Value};

/// A JSON object: names and values.
pub type Object = Map<String, Value>;

/// Parses an object.
///
/// # Errors
///
/// `InvalidData`: not JSON, or JSON that is no object.
pub fn parse_object(bytes: &[u8]) -> io::Result<Object> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => {
            Err(invalid(format!("expected a JSON object, got {}", kind(&other))))
        }
        Err(error) => Err(invalid(format!("not JSON: {error}"))),
    }
}

/// The member `name` of an object, as `take` understands it; `expected` says what that
/// is ("an integer from 0").
///
/// # Errors
///
/// `InvalidData`: there is no such member, or it is of another type.
pub fn member<'a, T>(
    object: &'a Object,
    name: &str,
    expected: &str,
    take: impl Fn(&'a Value) -> Option<T>,
) -> io::Result<T> {
    let value = object.get(name).ok_or_else(|| {
        invalid(format!("member {name:?} is missing, expected {expected}"))
    })?;
    take(value).ok_or_else(|| {
        let kind = kind(value);
        invalid(format!("member {name:?} is {kind}, expected {expected}"))
    })
}

/// An error about bytes that do not mean what they should.
pub fn invalid(text: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text.into())
}

/// What a value is, without its text, which may be long.
fn kind(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a string".to_string(),
        Value::Array(_) => "an array".to_string(),
        Value::Object(_) => "an object".to_string(),
    }
}
