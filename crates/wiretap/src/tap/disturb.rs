//! What the faults make of one direction's bytes.

use std::mem;
use std::time::Duration;

use super::{Over, Tap};
use crate::chance::Chance;
use crate::connection::Fate;
use crate::event::{What, bytes};
use crate::fault::{Ending, Faults, MAX_PART};
use crate::reporter::Bytes;

/// With `--rate`, so many writes a second.
const RATE_STEPS: usize = 10;

impl Tap<'_> {
    /// Lets the faults act on bytes that have arrived at `offset`.
    pub(super) fn disturb(
        &mut self,
        faults: &Faults,
        offset: u64,
        bytes: &mut [u8],
    ) -> Result<(), Over> {
        if let Some(place) = faults.flipped(offset, bytes.len()) {
            bytes[place] ^= 1;
        }
        let ending = faults.ending(offset, bytes.len());
        let (before, after) =
            bytes.split_at(ending.map_or(bytes.len(), |(_, before)| before));
        self.held.extend_from_slice(before);
        if let Some(glue) = faults.glue {
            self.mark("glue");
            if self.held.len() < glue.size && ending.is_none() {
                return self.hurry(Some(Duration::from_millis(glue.pause)));
            }
        }
        match ending {
            None => self.send_held(),
            Some((ending, _)) => {
                // Announced first: what the other side makes of it comes later.
                self.announce(ending, after.len());
                self.mark(ending.name());
                self.send_held()?;
                self.act(ending, after)
            }
        }
    }

    fn announce(&self, ending: Ending, rest: usize) {
        let mut text = match ending {
            Ending::Cut => "end of file to both sides",
            Ending::HalfClose => "end of file",
            Ending::Reset => "a reset to both sides",
            Ending::Stall => "nothing more is taken",
        }
        .to_string();
        if rest > 0 && ending != Ending::Stall {
            let are = if rest == 1 { "is" } else { "are" };
            text += &format!(", {} {are} not sent on", bytes(rest as u64));
        }
        let (direction, fault) = (self.direction, ending.name().to_string());
        let what = What::Fault { direction, fault, text };
        self.reporter.tell(self.connection.number, what);
    }

    /// Ends what is sent on. `rest` has arrived behind that.
    fn act(&mut self, ending: Ending, rest: &[u8]) -> Result<(), Over> {
        match ending {
            Ending::Cut => {
                if self.connection.decide(Fate::Cut) {
                    self.connection.cut();
                    self.switches.wake();
                }
                Ok(())
            }
            Ending::HalfClose => {
                self.connection.half_close(self.direction);
                self.closed = true;
                Ok(())
            }
            Ending::Reset => {
                if self.connection.decide(Fate::Reset) {
                    self.connection.reset();
                }
                Err(Over)
            }
            Ending::Stall => self.stall(rest),
        }
    }

    /// Takes nothing until the fault is switched off, or nobody is there any more.
    fn stall(&mut self, rest: &[u8]) -> Result<(), Over> {
        let here = self.arrived - rest.len() as u64;
        self.switches.wait_while(self.direction, |faults| {
            faults.stall_after.is_some_and(|after| after <= here)
                && !self.connection.is_left(self.direction)
        });
        if self.connection.is_left(self.direction) {
            return Err(Over);
        }
        self.held.extend_from_slice(rest);
        self.mark(Ending::Stall.name());
        self.send_held()
    }

    /// Sends on what is held, in parts as the faults want them.
    pub(super) fn send_held(&mut self) -> Result<(), Over> {
        self.hurry(None)?;
        let held = mem::take(&mut self.held);
        let marks = mem::take(&mut self.marks);
        let faults = self.switches.of(self.direction);
        let mut rest = &held[..];
        while !rest.is_empty() {
            let (part, after) =
                rest.split_at(self.size_of_part(&faults, rest.len()));
            if let Some(time) = faults.delay {
                self.pause(Duration::from_millis(time))?;
            }
            let mut marks = marks.clone();
            marks.extend(marks_of(&faults, self.sent, part.len(), held.len()));
            let (direction, offset) = (self.direction, self.sent);
            let piece = Bytes { direction, offset, bytes: part };
            self.reporter.sent(self.connection.number, &piece, &marks);
            self.write(part)?;
            if let Some(rate) = faults.rate {
                self.pause(Duration::from_secs(part.len() as u64) / rate as u32)?;
            }
            rest = after;
        }
        Ok(())
    }

    fn size_of_part(&mut self, faults: &Faults, size: usize) -> usize {
        let mut size = size.min(faults.split.unwrap_or(size));
        if let Some(rate) = faults.rate {
            size = size.min((rate / RATE_STEPS).max(1));
        }
        if let Some(seed) = faults.seed {
            let (number, direction) = (self.connection.number, self.direction);
            let (chance, left) = self
                .chance
                .get_or_insert_with(|| (Chance::new(seed, number, direction), 0));
            if *left == 0 {
                *left = chance.up_to(MAX_PART);
            }
            size = size.min(usize::try_from(*left).unwrap_or(size));
            *left -= size as u64;
        }
        size
    }

    /// Reads with a time-out from now on, or without.
    fn hurry(&mut self, time: Option<Duration>) -> Result<(), Over> {
        if self.hurries || time.is_some() {
            let source = self.connection.source(self.direction);
            if let Err(error) = source.set_read_timeout(time) {
                self.broken(self.direction, &error);
                return Err(Over);
            }
            self.hurries = time.is_some();
        }
        Ok(())
    }

    fn pause(&self, time: Duration) -> Result<(), Over> {
        self.connection.pause(time).then_some(()).ok_or(Over)
    }

    fn mark(&mut self, fault: &'static str) {
        if !self.marks.contains(&fault) {
            self.marks.push(fault);
        }
    }
}

/// The faults that show in a part of `size` bytes, of `whole` that were there.
fn marks_of(
    faults: &Faults,
    offset: u64,
    size: usize,
    whole: usize,
) -> impl Iterator<Item = &'static str> {
    let marks = [
        (faults.split.is_some_and(|most| whole > most), "split"),
        (faults.seed.is_some(), "seed"),
        (faults.delay.is_some(), "delay"),
        (faults.rate.is_some(), "rate"),
        (faults.flipped(offset, size).is_some(), "flip"),
    ];
    marks.into_iter().filter_map(|(acts, name)| acts.then_some(name))
}
