//! One direction of a connection: reads, shows, sends on.

mod disturb;

use std::io::{self, ErrorKind, Read, Write};

use crate::chance::Chance;
use crate::connection::{Connection, Fate};
use crate::event::{Direction, Onward, What};
use crate::fault::Switches;
use crate::reporter::{Bytes, Reporter};

/// How many bytes one read takes at most: with two buffers a connection, and what a
/// fault holds, this is all the memory that a fast writer can fill.
pub const BUFFER_SIZE: usize = 64 * 1024;

/// What a direction knows of itself. [`run`](Tap::run) is its thread.
#[derive(Debug)]
pub struct Tap<'a> {
    connection: &'a Connection,
    direction: Direction,
    reporter: &'a Reporter,
    switches: &'a Switches,
    /// How many bytes have arrived.
    arrived: u64,
    /// How many have been sent on. Where none is thrown away, a byte's offset is the
    /// same here and there.
    sent: u64,
    /// What has arrived and is to be sent on, and the faults that held or changed
    /// it.
    held: Vec<u8>,
    marks: Vec<&'static str>,
    /// Nothing more is sent on.
    closed: bool,
    /// The read has a time-out.
    hurries: bool,
    chance: Option<(Chance, u64)>,
}

/// The connection is over: no more is read.
#[derive(Debug)]
struct Over;

impl<'a> Tap<'a> {
    /// Before the first byte.
    pub fn new(
        connection: &'a Connection,
        direction: Direction,
        reporter: &'a Reporter,
        switches: &'a Switches,
    ) -> Self {
        Tap {
            connection,
            direction,
            reporter,
            switches,
            arrived: 0,
            sent: 0,
            held: Vec::new(),
            marks: Vec::new(),
            closed: false,
            hurries: false,
            chance: None,
        }
    }

    /// Sends on what arrives, until the end of file or the end of the connection.
    pub fn run(mut self) {
        let mut buffer = vec![0; BUFFER_SIZE];
        loop {
            let mut source = self.connection.source(self.direction);
            let going_on = match source.read(&mut buffer) {
                Ok(0) => return self.end(),
                Ok(size) => self.take(&mut buffer[..size]),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => Ok(()),
                    // The time-out of --glue; Windows has the other name for it.
                    ErrorKind::WouldBlock => self.send_held(),
                    ErrorKind::TimedOut if self.hurries => self.send_held(),
                    _ => {
                        self.broken(self.direction, &error);
                        Err(Over)
                    }
                },
            };
            // Of a connection that was cut the rest is read and thrown away: who closes
            // with bytes unread sends a reset.
            if going_on.is_err() && self.connection.fate() != Fate::Cut {
                return self.leave();
            }
        }
    }

    /// Takes what one read has returned.
    fn take(&mut self, bytes: &mut [u8]) -> Result<(), Over> {
        let faults = self.switches.of(self.direction);
        let offset = self.arrived;
        self.arrived += bytes.len() as u64;
        let onward = match self.connection.fate() {
            Fate::Reset => return Err(Over),
            Fate::Cut => Onward::Never,
            Fate::Alive if self.closed => Onward::Never,
            Fate::Alive
                if faults.touch(offset, bytes.len()) || !self.held.is_empty() =>
            {
                Onward::Disturbed
            }
            Fate::Alive => Onward::AsTheyCame,
        };
        let piece = Bytes { direction: self.direction, offset, bytes };
        self.reporter.arrived(self.connection.number, &piece, onward);
        match onward {
            Onward::AsTheyCame => self.write(bytes),
            Onward::Disturbed => self.disturb(&faults, offset, bytes),
            Onward::Never => Ok(()),
        }
    }

    /// Sends on bytes, unless the connection is over.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Over> {
        if !self.connection.may_write(self.direction) {
            return Ok(()); // reading goes on if it was cut, and finds out if not
        }
        let written = self.connection.target(self.direction).write_all(bytes);
        self.connection.written(self.direction);
        match written {
            Ok(()) => {
                self.sent += bytes.len() as u64;
                Ok(())
            }
            Err(_) if self.connection.fate() == Fate::Cut => Ok(()),
            // It was the target that broke the connection.
            Err(error) => {
                self.broken(self.direction.other(), &error);
                Err(Over)
            }
        }
    }

    /// The source's end of file: the target is told.
    fn end(mut self) {
        if self.send_held().is_ok() && self.connection.fate() == Fate::Alive {
            let (direction, total) = (self.direction, self.arrived);
            let half = self.connection.end(direction);
            let number = self.connection.number;
            self.reporter.tell(number, What::End { direction, total, half });
            if !self.closed {
                self.connection.half_close(direction);
            }
        }
        self.leave();
    }

    /// A side has broken the connection, or the system has given up on it: so the
    /// other side is told with a reset.
    fn broken(&self, direction: Direction, error: &io::Error) {
        let was_alive = self.connection.fate() == Fate::Alive;
        if !self.connection.decide(Fate::Reset) {
            return;
        }
        let what = match error.kind() {
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => What::Reset { direction },
            ErrorKind::TimedOut => {
                What::TimeOut { direction, text: error.to_string() }
            }
            _ => What::Failed { direction, error: error.to_string() },
        };
        if was_alive {
            self.reporter.tell(self.connection.number, what);
        }
        self.connection.reset();
    }

    /// Lets the other direction, if it is stalled, find out.
    fn leave(&self) {
        self.connection.end(self.direction);
        self.switches.wake();
    }
}
