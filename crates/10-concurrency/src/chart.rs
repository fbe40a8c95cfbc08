//! Who waited how long for whom: a line for each client, all on one time axis.

use std::fmt::{self, Display, Formatter};
use std::io;

/// So many columns for the time.
const COLUMNS: usize = 40;

/// When a client came, was served, and left, all on the clock of the first one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// It asked for a connection.
    pub came: f64,
    /// Its first answer was there; `None`: there was none.
    pub served: Option<f64>,
    /// It closed the connection, or learned that there is none.
    pub left: f64,
    /// Why it was not served to its end, if it was not.
    pub trouble: Option<String>,
}

impl Row {
    /// How long it waited for its first answer, and then how long it was served.
    pub fn lengths(&self) -> (f64, f64) {
        let served = self.served.unwrap_or(self.left);
        (served - self.came, self.left - served)
    }
}

/// What time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// What the clock says.
    Seconds,
    /// What somebody has done, one thing after the other.
    Steps,
}

/// All rows; shown, it is a text for a terminal: `.` waits, `#` is served.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The first client's first.
    pub rows: Vec<Row>,
    /// The axis.
    pub unit: Unit,
}

impl Chart {
    /// When the last one left.
    pub fn end(&self) -> f64 {
        self.rows.iter().map(|row| row.left).fold(0.0, f64::max)
    }

    /// How much of the whole axis that is, from 0 to 1.
    pub fn share(&self, time: f64) -> f64 {
        time / self.end().max(f64::MIN_POSITIVE)
    }

    /// A time with its unit.
    pub fn time(&self, time: f64) -> String {
        match self.unit {
            Unit::Seconds => format!("{time:.3} s"),
            Unit::Steps if time == 1.0 => "1 step".to_string(),
            Unit::Steps => format!("{time} steps"),
        }
    }

    /// Whether every client was served to its end.
    ///
    /// # Errors
    ///
    /// How many were not.
    pub fn all_served(&self) -> io::Result<()> {
        match self.rows.iter().filter(|row| row.trouble.is_some()).count() {
            0 => Ok(()),
            some => {
                let text = format!("clients that were not served: {some}");
                Err(io::Error::other(text))
            }
        }
    }

    fn columns(&self) -> usize {
        match (self.unit, self.end() as usize) {
            // As wide as the next, and room for the number of them.
            (Unit::Steps, steps @ 2..COLUMNS) => steps * (COLUMNS / steps).min(4),
            (Unit::Steps, 0..2) => 8,
            _ => COLUMNS,
        }
    }

    fn bar(&self, row: &Row) -> String {
        let columns = self.columns() as f64;
        let column = |time: f64| (self.share(time) * columns).round() as usize;
        let (came, left) = (column(row.came), column(row.left));
        let served = column(row.served.unwrap_or(row.left));
        [(" ", came), (".", served - came), ("#", left - served)]
            .map(|(sign, times)| sign.repeat(times))
            .concat()
    }
}

impl Display for Chart {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        for (number, row) in (1..).zip(&self.rows) {
            let waited = self.time(row.lengths().0);
            write!(f, "client {number:<3}|{:columns$}| ", self.bar(row))?;
            match &row.trouble {
                Some(trouble) => writeln!(f, "{trouble}")?,
                None => writeln!(f, "waited {waited}")?,
            }
        }
        write!(f, "{:10}|{:>columns$}|", "", self.time(self.end()))
    }
}
