//! Lesson 6: length, header, body: the remote shell of lesson 4, repaired.
mod frame;
mod header;
mod json;

pub use frame::{MAX_COMMAND, MAX_MESSAGE, read_frame, write_frame};
pub use header::Header;
pub use json::{Object, invalid, member, parse_object};
