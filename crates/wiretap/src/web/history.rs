//! What has happened so far, within limits, for any number of viewers.
//!
//! Who tells never waits for who listens: a viewer remembers where it is, and is told
//! how much it has missed if that has been dropped meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many events are kept, at most.
pub const MAX_EVENTS: usize = 20_000;

/// So many bytes of them, at most: 32 MiB.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// So many are handed out at once, at most.
const BATCH: usize = 256;

/// Events as JSON, each with its number, from 0.
#[derive(Debug, Default)]
pub struct History {
    kept: Mutex<Kept>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    /// The number of the first.
    first: u64,
    events: VecDeque<Arc<str>>,
    bytes: usize,
}

/// What comes next for a viewer.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// So many events before these are no longer there.
    pub missed: u64,
    /// The number of the event behind these.
    pub next: u64,
    /// None: nothing has happened for as long as was to be waited.
    pub events: Vec<Arc<str>>,
}

impl History {
    /// Adds an event; the oldest go when there is no room for it.
    pub fn push(&self, event: String) {
        let mut kept = self.lock();
        kept.bytes += event.len();
        kept.events.push_back(event.into());
        while kept.events.len() > MAX_EVENTS || kept.bytes > MAX_BYTES {
            let Some(oldest) = kept.events.pop_front() else { break };
            kept.bytes -= oldest.len();
            kept.first += 1;
        }
        self.grown.notify_all();
    }

    /// The events from this number on, as many as go at once; waits for one if there
    /// is none.
    pub fn from(&self, number: u64, wait: Duration) -> Batch {
        let nothing = |kept: &mut Kept| kept.end() <= number;
        let waited = self.grown.wait_timeout_while(self.lock(), wait, nothing);
        let kept = waited.unwrap_or_else(PoisonError::into_inner).0;
        let start = number.max(kept.first);
        let skip = usize::try_from(start - kept.first).unwrap_or(usize::MAX);
        let events: Vec<_> =
            kept.events.iter().skip(skip).take(BATCH).cloned().collect();
        Batch { missed: start - number, next: start + events.len() as u64, events }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn history(count: usize) -> History {
        let history = History::default();
        (0..count).for_each(|number| history.push(number.to_string()));
        history
    }

    #[test]
    fn every_viewer_gets_all_events_in_their_order() {
        let history = history(1000);
        for _ in 0..2 {
            let (mut next, mut all) = (0, Vec::new());
            loop {
                let batch = history.from(next, NOW);
                assert_eq!(batch.missed, 0);
                if batch.events.is_empty() {
                    break;
                }
                next = batch.next;
                all.extend(batch.events.iter().map(ToString::to_string));
            }
            let expected: Vec<_> = (0..1000).map(|n: u32| n.to_string()).collect();
            assert_eq!((next, all), (1000, expected));
        }
    }

    #[test]
    fn what_was_dropped_is_counted_for_who_has_not_seen_it() {
        let history = history(MAX_EVENTS + 10);
        let batch = history.from(3, NOW);
        assert_eq!((batch.missed, &*batch.events[0]), (7, "10"));
        assert_eq!(history.from(batch.next, NOW).missed, 0);
    }

    #[test]
    fn large_events_are_kept_within_a_limit_too() {
        let history = History::default();
        (0..5).for_each(|_| history.push("x".repeat(MAX_BYTES / 4)));
        let batch = history.from(0, NOW);
        assert_eq!((batch.missed, batch.events.len()), (1, 4));
    }

    #[test]
    fn who_waits_is_woken_by_the_next_event() {
        let history = Arc::new(history(1));
        let waiting = Arc::clone(&history);
        let viewer =
            std::thread::spawn(move || waiting.from(1, Duration::from_secs(10)));
        history.push("new".into());
        let batch = viewer.join().unwrap_or_else(|_| panic!());
        assert_eq!((&*batch.events[0], batch.next), ("new", 2));
    }
}
