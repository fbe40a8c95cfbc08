//! How long to wait before the next try: longer each time, and never as long as the
//! others do.

use std::io;
use std::time::Duration;

/// However often it has failed, no pause is longer.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How often to try, and how to wait in between.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often, with the first time.
    pub tries: u32,
    /// The longest pause after the first failure. After each other one it is twice
    /// as long, up to 30 s.
    pub pause: Duration,
}

impl Retry {
    /// How long to wait after so many failures in a row: chosen by chance, from
    /// nothing up to the longest.
    ///
    /// When a server comes back, all its clients want it at once. If they all wait
    /// by one rule, they come at once again and again; chance spreads them out
    /// ("full jitter": Marc Brooker, [Exponential Backoff And Jitter], 2015).
    ///
    /// # Errors
    ///
    /// The system has no random bytes.
    ///
    /// [Exponential Backoff And Jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    pub fn pause_after(&self, failures: u32) -> io::Result<Duration> {
        let chance = f64::from(getrandom::u32()?) / f64::from(u32::MAX);
        Ok(self.longest_after(failures).mul_f64(chance))
    }

    fn longest_after(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures - 1);
        self.pause.saturating_mul(doubled).min(MAX_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry { tries: 5, pause: Duration::from_millis(200) };

    #[test]
    fn the_longest_pause_doubles_and_has_a_limit() {
        let longest = |failures| RETRY.longest_after(failures).as_millis();
        assert_eq!([1, 2, 3, 8].map(longest), [200, 400, 800, 25_600]);
        assert_eq!([9, 40, u32::MAX].map(longest), [30_000; 3]);
    }

    #[test]
    fn pauses_are_spread_over_all_that_is_allowed() {
        let pauses: Vec<_> =
            (0..1000).map(|_| RETRY.pause_after(1).unwrap().as_millis()).collect();
        for tenth in 0..10 {
            let within = tenth * 20..(tenth + 1) * 20;
            assert!(pauses.iter().any(|pause| within.contains(pause)));
        }
        assert!(pauses.iter().all(|pause| *pause <= 200));
    }
}
