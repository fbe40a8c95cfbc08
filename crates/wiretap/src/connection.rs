//! What the two directions of a connection share: the sockets, and how it ends.

use std::net::Shutdown;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socket2::Socket;

use crate::event::Direction;

/// A client's connection and the one with the server that was made for it. Both are
/// closed when the threads of both directions have let go of it.
#[derive(Debug)]
pub struct Connection {
    /// Its number, from 1.
    pub number: u64,
    client: Socket,
    server: Socket,
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ended: [bool; 2],
    writing: [bool; 2],
    fate: Fate,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
pub enum Fate {
    /// It lives, until both directions have ended by themselves.
    #[default]
    Alive,
    /// Both sides have been sent an end of file; what they still send is thrown
    /// away.
    Cut,
    /// It is broken: both sides are sent a reset when the sockets are closed.
    Reset,
}

impl Connection {
    /// Joins two sockets.
    pub fn new(number: u64, client: Socket, server: Socket) -> Self {
        let (state, over) = (Mutex::default(), Condvar::new());
        Connection { number, client, server, state, over }
    }

    /// Where a direction's bytes come from.
    pub fn source(&self, direction: Direction) -> &Socket {
        match direction {
            Direction::ClientToServer => &self.client,
            Direction::ServerToClient => &self.server,
        }
    }

    /// Where they go.
    pub fn target(&self, direction: Direction) -> &Socket {
        self.source(direction.other())
    }

    /// What has become of it.
    pub fn fate(&self) -> Fate {
        self.lock().fate
    }

    /// True once the other direction has ended, or all has.
    pub fn is_left(&self, direction: Direction) -> bool {
        let state = self.lock();
        state.fate != Fate::Alive || state.ended[direction.other() as usize]
    }

    /// Asks leave to write; false if nothing is to be written any more. To be
    /// followed by [`written`](Connection::written).
    pub fn may_write(&self, direction: Direction) -> bool {
        let mut state = self.lock();
        state.writing[direction as usize] = state.fate == Fate::Alive;
        state.fate == Fate::Alive
    }

    /// The write is over.
    pub fn written(&self, direction: Direction) {
        self.lock().writing[direction as usize] = false;
    }

    /// End of file to the target: half close ([shutdown(2)]). Whoever is not there
    /// any more needs none, so errors do not matter.
    ///
    /// [shutdown(2)]: https://man7.org/linux/man-pages/man2/shutdown.2.html
    pub fn half_close(&self, direction: Direction) {
        let _ = self.target(direction).shutdown(Shutdown::Write);
    }

    /// Decides what becomes of it. True for who decides it: that one reports it, and
    /// then calls [`cut`](Connection::cut) or [`reset`](Connection::reset).
    pub fn decide(&self, fate: Fate) -> bool {
        let mut state = self.lock();
        let first = fate > state.fate;
        if first {
            state.fate = fate;
            self.over.notify_all();
        }
        first
    }

    /// End of file to both sides. This also ends a write that waits for a slow
    /// reader.
    pub fn cut(&self) {
        Direction::BOTH.iter().for_each(|direction| self.half_close(*direction));
    }

    /// Breaks it: with SO_LINGER at zero seconds close sends a reset ([socket(7)]).
    ///
    /// [socket(7)]: https://man7.org/linux/man-pages/man7/socket.7.html
    pub fn reset(&self) {
        for direction in Direction::BOTH {
            let source = self.source(direction);
            let _ = source.set_linger(Some(Duration::ZERO));
            // Ends a read that waits, and puts nothing on the wire.
            let _ = source.shutdown(Shutdown::Read);
            // A write that waits for a slow reader is ended by what would be an end
            // of file, if it did not stand behind bytes that nobody takes.
            if self.lock().writing[direction as usize] {
                self.half_close(direction);
            }
        }
    }

    /// Marks a direction as ended. True if the other one is open still.
    pub fn end(&self, direction: Direction) -> bool {
        let mut state = self.lock();
        state.ended[direction as usize] = true;
        !state.ended[direction.other() as usize]
    }

    /// Waits for so long; false if the connection is over before that.
    pub fn pause(&self, time: Duration) -> bool {
        let waits = |state: &mut State| state.fate == Fate::Alive;
        let waited = self.over.wait_timeout_while(self.lock(), time, waits);
        waited.map_or(true, |(_, waited)| waited.timed_out())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
