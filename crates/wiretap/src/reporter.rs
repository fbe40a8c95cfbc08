//! How events reach those who show and record them, without holding up the bytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Instant;

use crate::event::{Direction, Event, Onward, Piece, What};

/// So many events wait for whoever takes them, at most: 16 MiB if each is a full
/// buffer.
const QUEUE: usize = 256;

/// How much of what happens is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Pieces too, or only the other events.
    pub pieces: bool,
    /// So many bytes of each piece, from its first on.
    pub bytes: usize,
    /// Every single event: when the queue is full, the relay waits. Otherwise events
    /// that find it full are counted, and the bytes go on.
    pub all: bool,
}

/// The relay's end of the queue of events.
#[derive(Debug)]
pub struct Reporter {
    queue: SyncSender<Event>,
    wanted: Wanted,
    begun: Instant,
    missed: AtomicU64,
}

impl Reporter {
    /// A queue, and its other end. What is sent there is in an order in which a
    /// cause stands before what comes of it.
    pub fn new(wanted: Wanted) -> (Self, Receiver<Event>) {
        let (queue, events) = mpsc::sync_channel(QUEUE);
        let (begun, missed) = (Instant::now(), AtomicU64::new(0));
        (Reporter { queue, wanted, begun, missed }, events)
    }

    /// Reports bytes that a read took in.
    pub fn arrived(&self, connection: u64, piece: &Bytes, onward: Onward) {
        if self.wanted.pieces {
            let piece = self.piece(piece);
            self.tell(connection, What::Arrived { piece, onward });
        }
    }

    /// Reports bytes that a write is about to send on, not as they came.
    pub fn sent(&self, connection: u64, piece: &Bytes, faults: &[&str]) {
        if self.wanted.pieces {
            let faults = faults.iter().map(ToString::to_string).collect();
            let piece = self.piece(piece);
            self.tell(connection, What::Sent { piece, faults });
        }
    }

    /// Reports anything else.
    pub fn tell(&self, connection: u64, what: What) {
        let at = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let event = Event { at, connection, what };
        // An error of `send` means that the program ends.
        if self.wanted.all {
            let _ = self.queue.send(event);
        } else if self.queue.try_send(event).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many events found the queue full since this was last asked.
    pub fn missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }

    fn piece(&self, piece: &Bytes) -> Piece {
        let Bytes { direction, offset, bytes } = *piece;
        let kept = bytes.len().min(self.wanted.bytes);
        let size = bytes.len();
        Piece { direction, offset, size, bytes: bytes[..kept].to_vec() }
    }
}

/// Bytes on their way, before anybody has asked to keep them.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    /// Which way.
    pub direction: Direction,
    /// As [`Piece::offset`].
    pub offset: u64,
    /// All of them.
    pub bytes: &'a [u8],
}
