//! How long to wait before the next try: longer each time, and never as long as the
//! others do.

use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;

use cli::complain;

/// However often it has failed, no pause is longer.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How often to try, and how to wait in between.
pub struct Retry {
    /// How often, with the first time.
    pub tries: u32,
    /// The longest pause after the first failure; after each other one it is twice as
    /// long.
    pub pause: Duration,
    /// Waits.
    pub wait: Box<dyn FnMut(Duration) + Send>,
}

impl Retry {
    /// With pauses that are really waited.
    pub fn new(tries: u32, pause: Duration) -> Self {
        Retry { tries, pause, wait: Box::new(thread::park_timeout) }
    }

    /// Waits after so many failures: for a time chosen by chance, from nothing up to a
    /// limit that doubles. When a server comes back, all its clients want it at once; if
    /// they wait by a rule, they come at once again and again. ("Full jitter": M.
    /// Brooker, [Exponential Backoff And Jitter], 2015.)
    ///
    /// # Errors
    ///
    /// The system has no random bytes.
    ///
    /// [Exponential Backoff And Jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    pub fn pause_after(&mut self, failures: u32) -> io::Result<()> {
        let random = getrandom::u32()?;
        let pause =
            self.longest(failures).mul_f64(f64::from(random) / 2_f64.powi(32));
        complain(format!("  again in {} ms", pause.as_millis()));
        (self.wait)(pause);
        Ok(())
    }

    fn longest(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.pause.saturating_mul(doubled).min(MAX_PAUSE)
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tries, {:?}", self.tries, self.pause)
    }
}
