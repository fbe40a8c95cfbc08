//! Trouble on demand, for the chapter: a byte that changes on its way, and a
//! transfer that stops in the middle until Enter is typed.

use std::io::{self, Write};

/// Where a transfer is disturbed; counted in bytes of contents.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disturbance {
    /// This byte is changed, the first is 0.
    pub corrupt: Option<u64>,
    /// After so many bytes the transfer waits.
    pub pause_after: Option<u64>,
}

/// A writer that disturbs what goes through it.
#[derive(Debug)]
pub struct Disturbed<W> {
    inner: W,
    at: u64,
    plan: Disturbance,
}

impl<W: Write> Disturbed<W> {
    /// Disturbs what is written to `inner`, of which the next byte is the first.
    pub fn new(inner: W, plan: Disturbance) -> Self {
        Disturbed { inner, at: 0, plan }
    }
}

impl<W: Write> Write for Disturbed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.plan.pause_after.take_if(|after| *after <= self.at).is_some() {
            println!("paused after {} bytes, Enter goes on", self.at);
            io::stdin().read_line(&mut String::new())?;
        }
        // Up to the next place where something happens.
        let places = [self.plan.pause_after, self.plan.corrupt];
        let next = places.into_iter().flatten().filter(|place| *place > self.at);
        let most = next.min().map_or(u64::MAX, |place| place - self.at);
        let size = bytes.len().min(usize::try_from(most).unwrap_or(usize::MAX));

        match self.plan.corrupt == Some(self.at) && size > 0 {
            true => {
                let mut piece = bytes[..size].to_vec();
                piece[0] ^= 1;
                self.inner.write_all(&piece)?;
            }
            false => self.inner.write_all(&bytes[..size])?,
        }
        self.at += size as u64;
        Ok(size)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Disturbance, Disturbed};
    use std::io::Write;

    #[test]
    fn exactly_one_byte_is_changed_wherever_it_lies() {
        let sent = [7; 10];
        for corrupt in 0..10 {
            for size in 1..=10 {
                let mut arrived = Vec::new();
                let plan = Disturbance { corrupt: Some(corrupt), pause_after: None };
                let mut writer = Disturbed::new(&mut arrived, plan);
                sent.chunks(size).for_each(|piece| writer.write_all(piece).unwrap());
                let mut expected = sent;
                expected[corrupt as usize] ^= 1;
                assert_eq!(arrived, expected);
            }
        }
    }
}
