//! How long clients wait for answers.

use std::time::{Duration, Instant};

use book::measured::Wait;

/// The waits that reach into a stretch of time.
///
/// Each client waits all the time: for one answer, then for the next. So a client that
/// is answered a thousand times in a second and one that is answered never have waited
/// for one second each, and count the same. Who counts answers does not see the second
/// client at all ("coordinated omission").
#[derive(Default)]
pub struct Waits {
    stretch: Option<(Instant, Instant)>,
    waits: Vec<Waited>,
    answers: usize,
}

struct Waited {
    /// From the question to the answer, or to the end of the stretch.
    whole: Duration,
    /// As much of it as lies in the stretch.
    inside: Duration,
    over: bool,
}

impl Waits {
    /// Nobody has waited in the stretch yet.
    pub fn new(begin: Instant, end: Instant) -> Self {
        Waits { stretch: Some((begin, end)), waits: Vec::new(), answers: 0 }
    }

    /// A wait that has ended with an answer.
    pub fn is_over(&mut self, since: Instant, now: Instant) {
        self.push(since, now, self.stretch.is_some_and(|(_, end)| now <= end));
    }

    /// A wait that has not ended when the stretch has.
    pub fn is_not_over(&mut self, since: Instant) {
        if let Some((_, end)) = self.stretch {
            self.push(since, end, false);
        }
    }

    fn push(&mut self, since: Instant, now: Instant, over: bool) {
        let Some((begin, end)) = self.stretch else { return };
        let whole = now.saturating_duration_since(since);
        let inside = now.min(end).saturating_duration_since(since.max(begin));
        self.waits.push(Waited { whole, inside, over });
        self.answers += usize::from(over);
    }

    /// How many answers came.
    pub fn answers(&self) -> usize {
        self.answers
    }

    /// So long does it last, from question to answer, what a client is waiting for: of
    /// any client at any moment, the share `part` waits for something shorter.
    pub fn quantile(&mut self, part: f64) -> Wait {
        self.waits.sort_by_key(|wait| wait.whole);
        let all: Duration = self.waits.iter().map(|wait| wait.inside).sum();
        let mut left = all.mul_f64(part);
        let found = self.waits.iter().find(|wait| {
            let found = wait.inside >= left;
            left = left.saturating_sub(wait.inside);
            found
        });
        found.map_or_else(Wait::default, wait)
    }

    /// The same as most tools have it: the share `part` of all *answers* came sooner.
    pub fn quantile_of_answers(&mut self, part: f64) -> Wait {
        self.waits.sort_by_key(|wait| wait.whole);
        let answers = || self.waits.iter().filter(|wait| wait.over);
        let place = (self.answers as f64 * part) as usize;
        answers().nth(place).map_or_else(Wait::default, wait)
    }
}

fn wait(wait: &Waited) -> Wait {
    let us = (wait.whole.as_secs_f64() * 1e7).round() / 10.0;
    Wait { us, or_more: !wait.over }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// One client is answered every millisecond, the other never.
    fn unfair() -> Waits {
        let begin = Instant::now();
        let mut waits = Waits::new(begin, begin + 100 * MS);
        (0..100)
            .for_each(|at| waits.is_over(begin + at * MS, begin + (at + 1) * MS));
        waits.is_not_over(begin);
        waits
    }

    #[test]
    fn who_is_never_answered_counts_as_much_as_who_always_is() {
        let mut waits = unfair();
        assert_eq!(waits.answers(), 100);
        assert_eq!(waits.quantile(0.49), Wait { us: 1e3, or_more: false });
        assert_eq!(waits.quantile(0.51), Wait { us: 1e5, or_more: true });
        let of_answers = waits.quantile_of_answers(0.99);
        assert_eq!(of_answers, Wait { us: 1e3, or_more: false });
    }

    #[test]
    fn a_wait_counts_as_long_as_it_lies_in_the_stretch_and_is_told_whole() {
        let begin = Instant::now();
        let mut waits = Waits::new(begin + 50 * MS, begin + 60 * MS);
        waits.is_over(begin, begin + 59 * MS);
        waits.is_over(begin + 59 * MS, begin + 61 * MS); // too late to be counted
        assert_eq!(waits.answers(), 1);
        assert_eq!(waits.quantile(0.5), Wait { us: 59e3, or_more: false });
        assert_eq!(waits.quantile(0.05), Wait { us: 2e3, or_more: true });
    }
}
