//! Who has connected and not yet proved anything: they must not keep users out.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Those whose handshake goes on, in the order of arrival.
#[derive(Default)]
pub struct Strangers(Mutex<Vec<Arc<TcpStream>>>);

impl Strangers {
    /// Does a handshake. If all `seats` are taken, the stranger who has had one longest
    /// has to go: who knows a key proves it in no time.
    ///
    /// # Errors
    ///
    /// It had to go; otherwise the handshake's.
    pub fn host<T>(
        &self,
        stream: TcpStream,
        seats: usize,
        handshake: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let stream = Arc::new(stream);
        let mut here = self.lock();
        if !here.is_empty() && here.len() >= seats {
            let _ = here.remove(0).shutdown(Shutdown::Both);
        }
        here.push(Arc::clone(&stream));
        drop(here);
        let done = handshake();
        let mut here = self.lock();
        match here.iter().position(|other| Arc::ptr_eq(other, &stream)) {
            Some(place) => drop(here.remove(place)),
            None => return Err(io::Error::other("it had to make room for others")),
        }
        done
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<TcpStream>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
