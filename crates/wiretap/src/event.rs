//! What happens on a connection: the one stream of events that every view is made
//! from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::Faults;

/// One thing that happened. As JSON it is one line of a record: see the table in the
/// crate's documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in microseconds since the relay began.
    pub at: u64,
    /// On which connection (for UDP: with which client), from 1.
    pub connection: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// Which way bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// What the client sends.
    ClientToServer,
    /// What the server sends.
    ServerToClient,
}

impl Direction {
    /// Both, in the order in which arrays have them.
    pub const BOTH: [Direction; 2] =
        [Direction::ClientToServer, Direction::ServerToClient];

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Direction::ClientToServer => Direction::ServerToClient,
            Direction::ServerToClient => Direction::ClientToServer,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::ClientToServer => "client to server",
            Direction::ServerToClient => "server to client",
        })
    }
}

/// Bytes that one read took in, or one write sent on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Which way they travel.
    pub direction: Direction,
    /// Where they begin: the number of bytes before them in this direction, as they
    /// arrived or as they were sent on. For UDP the datagram's number, from 1.
    pub offset: u64,
    /// How many there are.
    pub size: usize,
    /// The bytes, as hexadecimal digits. All of them in a record; a view may be
    /// given fewer, from the first on.
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
}

/// What becomes of bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Onward {
    /// One write sends them on as they came; no `sent` follows.
    AsTheyCame,
    /// A fault acts on them; what is sent on, now or later, follows as `sent`.
    Disturbed,
    /// They are not sent on.
    Never,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// A client has come, and is connected with the server.
    Connect {
        /// The client's address.
        client: String,
        /// The server's.
        server: String,
    },
    /// A client has come, the server could not be reached, and the client was
    /// closed.
    NoServer {
        /// The client's address.
        client: String,
        /// The server's.
        server: String,
        /// The system's words.
        error: String,
    },
    /// A read took bytes in.
    Arrived {
        /// Which.
        #[serde(flatten)]
        piece: Piece,
        /// What becomes of them.
        onward: Onward,
    },
    /// A fault has decided how these bytes were sent on, with one write.
    Sent {
        /// Which.
        #[serde(flatten)]
        piece: Piece,
        /// The faults, by the names of their options.
        faults: Vec<String>,
    },
    /// End of file: no more comes from this side.
    End {
        /// The direction that has ended.
        direction: Direction,
        /// How many bytes came before it.
        total: u64,
        /// True while the other direction is open still: the connection is half
        /// closed.
        half: bool,
    },
    /// The side where this direction begins has broken the connection (RST).
    Reset {
        /// The direction.
        direction: Direction,
    },
    /// Nothing came any more: the system gave up on this side (ETIMEDOUT), or for
    /// UDP the client was idle for too long.
    TimeOut {
        /// The direction.
        direction: Direction,
        /// In words.
        text: String,
    },
    /// Another failure, in the system's words.
    Failed {
        /// The direction in which it happened.
        direction: Direction,
        /// What failed.
        error: String,
    },
    /// A fault has acted, other than by changing what is sent on.
    Fault {
        /// The direction in which it acted.
        direction: Direction,
        /// The name of its option.
        fault: String,
        /// In words.
        text: String,
    },
    /// The faults were switched while the relay runs; `connection` is 0.
    Faults {
        /// What holds from now on: client to server, server to client.
        faults: Box<[Faults; 2]>,
    },
    /// Both directions are over; the sockets are closed next.
    Closed {},
    /// So many events were not shown: they came faster than they could be. Never in
    /// a record; `connection` is 0.
    NotShown {
        /// How many.
        count: u64,
    },
}

/// So many bytes, in words.
pub fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_string(),
        _ => format!("{count} bytes"),
    }
}

/// Bytes as hexadecimal digits, two each.
mod hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    pub fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        let digits = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
        s.serialize_str(&digits.collect::<String>())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(d)?;
        let wrong = || D::Error::custom("bytes are pairs of hexadecimal digits");
        let digits = text.bytes().map(|digit| char::from(digit).to_digit(16));
        let digits: Vec<_> = digits.collect::<Option<_>>().ok_or_else(wrong)?;
        if digits.len() % 2 != 0 {
            return Err(wrong());
        }
        Ok(digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
    }
}
