//! The faults as switches: what a page may change.

use std::sync::{Arc, Mutex, PoisonError};

use crate::event::What;
use crate::fault::{Faults, Switches};
use crate::record::Transport;
use crate::reporter::Reporter;

/// The shared handle of a running relay, and who is told when it is used.
#[derive(Debug)]
pub struct Controls {
    switches: Switches,
    reporter: Arc<Reporter>,
    transport: Transport,
    /// Two viewers at once: the events stand in the order of the switching.
    turn: Mutex<()>,
}

impl Controls {
    /// Of this relay.
    pub fn new(
        switches: Switches,
        reporter: Arc<Reporter>,
        transport: Transport,
    ) -> Self {
        Controls { switches, reporter, transport, turn: Mutex::new(()) }
    }

    /// What holds now: client to server, server to client.
    pub fn faults(&self) -> [Faults; 2] {
        self.switches.both()
    }

    /// Switches to the faults that this JSON describes, for all connections at once.
    ///
    /// # Errors
    ///
    /// In words: it is none, or a value that the command line would refuse, too.
    pub fn switch(&self, json: &[u8]) -> Result<(), String> {
        let faults: [Faults; 2] =
            serde_json::from_slice(json).map_err(|error| error.to_string())?;
        for faults in &faults {
            faults.check(self.transport)?;
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Told first: what comes of it stands behind.
        let told = What::Faults { faults: Box::new(faults.clone()) };
        self.reporter.tell(0, told);
        self.switches.set(faults);
        Ok(())
    }
}
