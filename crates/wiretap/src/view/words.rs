//! Events in words, and the colours of lines.

use cli::printable;

use crate::event::{Direction, What};

/// Who speaks, with an arrow: ten columns.
pub(super) fn who(direction: Direction, there: &str, back: &str) -> String {
    match direction {
        Direction::ClientToServer => format!("client {there}"),
        Direction::ServerToClient => format!("{back} server"),
    }
}

/// The events that are one line without any memory.
pub(super) fn sentence(number: u64, what: &What) -> String {
    let arrow = |direction: &Direction| who(*direction, "-->", "<--");
    let text = match what {
        What::Connect { client, server } => {
            format!("{client} connected to {server}")
        }
        What::NoServer { client, error, .. } => format!("{client} closed: {error}"),
        What::Reset { direction } => format!("{} reset", arrow(direction)),
        What::TimeOut { direction, text } => {
            format!("{} time-out: {text}", arrow(direction))
        }
        What::Failed { direction, error } => {
            format!("{} failed: {error}", arrow(direction))
        }
        What::Fault { direction, fault, text } => {
            format!("{} {fault}: {text}", who(*direction, "--*", "*--"))
        }
        What::Faults { faults } => {
            let faults = serde_json::to_string(faults).unwrap_or_default();
            return format!("faults are now {faults}\n");
        }
        What::NotShown { count } => {
            return format!("(events too fast to be shown: {count})\n");
        }
        _ => return String::new(),
    };
    format!("{number} {}\n", printable(text.as_bytes()))
}

/// The code (SGR) of an event's colour: cyan for the client's bytes, yellow for the
/// server's, magenta for what faults do.
pub(super) fn colour(what: &What) -> Option<u8> {
    match what {
        What::Sent { .. } | What::Fault { .. } => Some(35),
        What::Arrived { piece, .. } => match piece.direction {
            Direction::ClientToServer => Some(36),
            Direction::ServerToClient => Some(33),
        },
        _ => None,
    }
}
