//! Events as the page is told of them: as in a record, with the parts of the course's
//! frames, and within limits.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::history::History;
use crate::event::{Event, Onward, What};
use crate::frames::{Frames, Part};
use crate::record::Transport;

/// So many bytes of a piece can be looked at, at most.
const MAX_SHOWN: usize = 4096;

/// So many parts of a piece are told apart, at most.
const MAX_PARTS: usize = 256;

/// Turns events into JSON, one after the other, and hands them to the history.
#[derive(Debug)]
pub struct Teller {
    history: Arc<History>,
    datagrams: bool,
    /// Of each connection: what arrives, and what is sent on.
    frames: HashMap<u64, [Frames; 2]>,
}

/// An event, and what its bytes are; empty if it has none.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
}

impl Teller {
    /// Before the first event.
    pub fn new(history: Arc<History>, transport: Transport) -> Self {
        let datagrams = transport == Transport::Udp;
        Teller { history, datagrams, frames: HashMap::new() }
    }

    /// Tells of an event.
    pub fn tell(&mut self, mut event: Event) {
        let mut parts = self.parts(&event);
        parts.truncate(MAX_PARTS);
        if let What::Arrived { piece, .. } | What::Sent { piece, .. } =
            &mut event.what
        {
            piece.bytes.truncate(MAX_SHOWN);
        }
        let told = Told { event: &event, parts };
        self.history.push(serde_json::to_string(&told).unwrap_or_default());
    }

    fn parts(&mut self, event: &Event) -> Vec<Part> {
        if self.datagrams {
            return Vec::new();
        }
        let frames = self.frames.entry(event.connection).or_default();
        let [arrived, sent] = frames;
        match &event.what {
            What::Arrived { piece, onward } => {
                if *onward == Onward::AsTheyCame {
                    sent.take(piece.direction, &piece.bytes);
                }
                arrived.take(piece.direction, &piece.bytes).0
            }
            What::Sent { piece, .. } => sent.take(piece.direction, &piece.bytes).0,
            What::Closed {} => {
                self.frames.remove(&event.connection);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
