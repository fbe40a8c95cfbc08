//! The faults: what they are, and the handle by which they can be switched while the
//! relay runs.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::event::Direction;
use crate::record::Transport;

/// The longest time that a fault waits, in milliseconds: a day.
pub const MAX_TIME: usize = 24 * 60 * 60 * 1000;

/// The most that `--glue` holds, in bytes: 16 MiB.
pub const MAX_HELD: usize = 16 * 1024 * 1024;

/// What disturbs one direction. Offsets and counts are those of what arrives, as the
/// view shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Faults {
    /// TCP: at most so many bytes with each write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<usize>,
    /// TCP: hold what comes, and send it on with one write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glue: Option<Glue>,
    /// TCP: wait so many milliseconds before each write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<u64>,
    /// TCP: so many bytes per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<usize>,
    /// TCP: after so many bytes, end of file to both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_after: Option<u64>,
    /// TCP: after so many bytes, a reset (RST) to both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_after: Option<u64>,
    /// TCP: after so many bytes, end of file in this direction only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_close_after: Option<u64>,
    /// TCP: after so many bytes, nothing more is taken and nothing sent on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stall_after: Option<u64>,
    /// TCP: the lowest bit of the byte at this offset is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<u64>,
    /// UDP: these datagrams (from 1) are not sent on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<u64>,
    /// UDP: these are sent on twice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicate: Vec<u64>,
    /// UDP: these change places with the next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reorder: Vec<u64>,
    /// UDP: no datagram has more than so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// UDP: the lowest bit of their first byte is changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrupt: Vec<u64>,
    /// Faults by chance, which this number decides: TCP is cut into parts of 1 to
    /// [`MAX_PART`] bytes; of sixteen datagrams one is dropped, one doubled, one changes
    /// places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// How a fault ends what is sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `--cut-after`
    Cut,
    /// `--reset-after`
    Reset,
    /// `--half-close-after`
    HalfClose,
    /// `--stall-after`
    Stall,
}

impl Ending {
    /// The name of its option.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Cut => "cut-after",
            Ending::Reset => "reset-after",
            Ending::HalfClose => "half-close-after",
            Ending::Stall => "stall-after",
        }
    }
}

impl Faults {
    /// The first ending that acts on `size` bytes at `offset`, and how many of these
    /// bytes come before it. It acts as soon as its number of bytes is complete.
    pub fn ending(&self, offset: u64, size: usize) -> Option<(Ending, usize)> {
        let all = [
            (self.cut_after, Ending::Cut),
            (self.reset_after, Ending::Reset),
            (self.half_close_after, Ending::HalfClose),
            (self.stall_after, Ending::Stall),
        ];
        let reached = all.into_iter().filter_map(|(after, ending)| {
            let before = after?.saturating_sub(offset);
            let before = usize::try_from(before).ok()?;
            (before <= size).then_some((ending, before))
        });
        reached.min_by_key(|(_, before)| *before)
    }

    /// Which of `size` bytes at `offset` is to be changed.
    pub fn flipped(&self, offset: u64, size: usize) -> Option<usize> {
        let place = usize::try_from(self.flip?.checked_sub(offset)?).ok()?;
        (place < size).then_some(place)
    }

    /// True if `size` bytes that arrive at `offset` of a stream are sent on other
    /// than as they came.
    pub fn touch(&self, offset: u64, size: usize) -> bool {
        self.split.is_some_and(|most| size > most)
            || self.glue.is_some()
            || self.delay.is_some()
            || self.rate.is_some()
            || self.seed.is_some()
            || self.flipped(offset, size).is_some()
            || self.ending(offset, size).is_some()
    }
}

impl Faults {
    /// Refuses what the command line cannot say either.
    ///
    /// # Errors
    ///
    /// In words: a number beyond its limits, a fault of another transport.
    pub fn check(&self, transport: Transport) -> Result<(), String> {
        let size = |value: Option<usize>| value.map(|value| value as u64);
        let glue = self.glue.map(|glue| (glue.pause, glue.size as u64)).unzip();
        let (held, time) = (MAX_HELD as u64, MAX_TIME as u64);
        for (name, value, most) in [
            ("split", size(self.split), held),
            ("glue: pause", glue.0, time),
            ("glue: size", glue.1, held),
            ("delay", self.delay, time),
            ("rate", size(self.rate), u64::from(u32::MAX)),
        ] {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                return Err(format!("{name}: expected a number from 1 to {most}"));
            }
        }
        if self.truncate.is_some_and(|most| most > 65_535) {
            return Err("truncate: expected a number from 0 to 65535".into());
        }
        let numbers = [&self.drop, &self.duplicate, &self.reorder, &self.corrupt];
        if numbers.iter().any(|numbers| numbers.contains(&0)) {
            return Err("expected numbers of datagrams, from 1".into());
        }
        self.check_transport(transport)
    }

    fn check_transport(&self, transport: Transport) -> Result<(), String> {
        if transport == Transport::Unix && self.reset_after.is_some() {
            return Err("reset-after is for TCP: Unix sockets have no RST".into());
        }
        let Faults { drop, duplicate, reorder, corrupt, .. } = self.clone();
        let (seed, truncate) = (self.seed, self.truncate);
        let none = Faults::default();
        let datagrams =
            Faults { drop, duplicate, reorder, corrupt, truncate, seed, ..none };
        let none = Faults { seed, ..Faults::default() };
        match transport {
            Transport::Udp if *self != datagrams => {
                Err("a fault of streams, and these are datagrams".into())
            }
            Transport::Tcp | Transport::Unix if datagrams != none => {
                Err("a fault of datagrams, and this is a stream".into())
            }
            _ => Ok(()),
        }
    }
}

/// The longest part that `--seed` cuts a stream into, in bytes.
pub const MAX_PART: u64 = 16;

/// When held bytes are sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glue {
    /// When nothing has come for so many milliseconds.
    pub pause: u64,
    /// When so many bytes are there.
    pub size: usize,
}

/// The faults of a running relay, behind a shared handle: whoever has a clone can
/// switch them, and every connection minds the new ones with its next piece.
#[derive(Clone, Debug, Default)]
pub struct Switches(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    faults: Mutex<[Arc<Faults>; 2]>,
    changed: Condvar,
}

impl Switches {
    /// Client to server, server to client.
    pub fn new(faults: [Faults; 2]) -> Self {
        let switches = Switches::default();
        switches.set(faults);
        switches
    }

    /// Switches: a stalled direction goes on, if it is no longer to be stalled.
    pub fn set(&self, faults: [Faults; 2]) {
        *self.lock() = faults.map(Arc::new);
        self.0.changed.notify_all();
    }

    /// What disturbs a direction now.
    pub fn of(&self, direction: Direction) -> Arc<Faults> {
        Arc::clone(&self.lock()[direction as usize])
    }

    /// What disturbs both now: client to server, server to client.
    pub fn both(&self) -> [Faults; 2] {
        self.lock().each_ref().map(|faults| Faults::clone(faults))
    }

    /// Waits while `stays` is true of the direction's faults; asks again whenever
    /// they are switched, and after each [`wake`](Switches::wake).
    pub fn wait_while(
        &self,
        direction: Direction,
        mut stays: impl FnMut(&Faults) -> bool,
    ) {
        let stays =
            |faults: &mut [Arc<Faults>; 2]| stays(&faults[direction as usize]);
        drop(self.0.changed.wait_while(self.lock(), stays));
    }

    /// Lets those who wait ask again.
    pub fn wake(&self) {
        drop(self.lock()); // nobody is between asking and waiting
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, [Arc<Faults>; 2]> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_another_transport_is_refused() {
        let split = Faults { split: Some(1), seed: Some(2), ..Faults::default() };
        let drop = Faults { drop: vec![1], seed: Some(2), ..Faults::default() };
        let reset = Faults { reset_after: Some(0), ..Faults::default() };
        for (faults, fits) in [
            (Faults::default(), [true, true, true]),
            (split, [true, false, true]),
            (drop, [false, true, false]),
            (reset, [true, false, false]),
        ] {
            let transports = [Transport::Tcp, Transport::Udp, Transport::Unix];
            let checked = transports.map(|one| faults.check(one).is_ok());
            assert_eq!(checked, fits, "{faults:?}");
        }
    }
}
