//! Which names a peer may ask for: one name, never a path.

use std::ffi::OsStr;
use std::path::Path;

use cli::show;

use crate::refusal::{Refusal, kind};
use crate::system;

/// What a temporary file's name begins with: neither `ls` nor `get` shows these.
pub const PART_PREFIX: &str = ".part-";

/// The longest name, in bytes, as most file systems have it.
const MAX_NAME: usize = 255;

/// Refuses every name that could lead out of the shared folder, or that a terminal
/// or another system would take for something else.
///
/// # Errors
///
/// `bad_name`.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let bad = name.contains(['/', '\\'])
        || name.contains(char::is_control)
        // On some systems `.PART-1` is the same file.
        || name.to_ascii_lowercase().starts_with(PART_PREFIX)
        || name.len() > MAX_NAME
        // Empty, `.` and `..` have no last part; `C:a` on Windows is not its own.
        || Path::new(name).file_name() != Some(OsStr::new(name));
    if bad { Err(bad_name(name)) } else { Ok(()) }
}

/// As [`check_name`]; also refuses what only this system takes for something else.
///
/// # Errors
///
/// `bad_name`.
pub fn check_name_here(name: &str) -> Result<(), Refusal> {
    if system::is_special(name) {
        return Err(bad_name(name));
    }
    check_name(name)
}

fn bad_name(name: &str) -> Refusal {
    let name = show(name.as_bytes());
    let text = format!("{name} is not the name of a file in the shared folder");
    Refusal::new(kind::BAD_NAME, text)
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_is_one_name_and_no_path() {
        for name in ["a.txt", "a..b", "...", ".hidden", "a b", "你好", "-", "part-"]
        {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
        let bad = [
            "",
            ".",
            "..",
            "/",
            "a/b",
            "/etc/passwd",
            "../a",
            "a/",
            "./a",
            "a\\b",
            "\\",
            "a\nb",
            "a\0",
            "\x1b[2J",
            "\x7f",
            "\u{85}",
            ".part-",
            ".part-1",
        ];
        for name in bad {
            assert_eq!(check_name(name).unwrap_err().kind, "bad_name", "{name:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_255_bytes() {
        assert!(check_name(&"x".repeat(255)).is_ok());
        assert!(check_name(&"x".repeat(256)).is_err());
        assert!(check_name(&"你".repeat(85)).is_ok());
        assert!(check_name(&"你".repeat(86)).is_err());
    }
}
