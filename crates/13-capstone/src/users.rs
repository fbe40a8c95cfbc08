//! Who is here: the answer to `who`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

/// Everybody who has been let in, in the order of arrival.
#[derive(Clone, Default)]
pub struct Users(Arc<Mutex<BTreeMap<u64, User>>>);

struct User {
    name: String,
    peer: String,
    since: Instant,
    busy: Option<&'static str>,
}

/// A user's place among the others, until this is dropped.
pub struct Place {
    users: Users,
    number: u64,
}

/// Says what a user does, until this is dropped.
pub struct Busy {
    users: Users,
    number: u64,
}

impl Users {
    /// Adds a user.
    pub fn enter(&self, name: &str, peer: &str) -> Place {
        let mut users = self.lock();
        let number = users.last_key_value().map_or(0, |(last, _)| last + 1);
        let (name, peer) = (name.to_string(), peer.to_string());
        let user = User { name, peer, since: Instant::now(), busy: None };
        users.insert(number, user);
        Place { users: self.clone(), number }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The users as JSON objects.
    pub fn list(&self) -> Vec<Value> {
        let entry = |user: &User| {
            json!({
                "user": user.name,
                "address": user.peer,
                "seconds": user.since.elapsed().as_secs(),
                "busy": user.busy,
            })
        };
        self.lock().values().map(entry).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_busy(&self, number: u64, busy: Option<&'static str>) {
        if let Some(user) = self.lock().get_mut(&number) {
            user.busy = busy;
        }
    }
}

impl Place {
    /// Says what this user does.
    pub fn busy(&self, what: &'static str) -> Busy {
        self.users.set_busy(self.number, Some(what));
        Busy { users: self.users.clone(), number: self.number }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.users.set_busy(self.number, None);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.users.lock().remove(&self.number);
    }
}
