//! Shows the bytes between two programs, and disturbs them on demand: `cargo
//! wiretap`.
//!
//! A relay ([`relay`], [`udp`]) accepts clients, connects each with the server, and
//! has a thread for each direction ([`tap`]). What happens is told as one stream of
//! [`event`]s. Everything that is shown is made from it: the terminal's lines
//! ([`view`]), a record and its replay ([`record`]), a drawing of it ([`svg`]), a page
//! in the browser ([`web`]). The faults ([`fault`]) stand behind a shared handle, so
//! that they can be switched while the relay runs.
//!
//! What it sees is what its own reads return, and what it writes. It cannot see how
//! many writes the bytes took over there, nor segments and acknowledgements: each
//! side has a connection of its own with the relay, and the systems do what they
//! like with both.
//!
//! # The format of a record
//!
//! JSON Lines, UTF-8: each line is an object and ends in `\n`. A record that ends
//! inside a line is a cut one: all that stands before is right. Readers ignore
//! members that they do not know, and refuse another version. The first line is the
//! session:
//!
//! | member | value |
//! | --- | --- |
//! | `wiretap` | the format's version: 1 |
//! | `transport` | `"tcp"`, `"udp"` or `"unix"` |
//! | `listen`, `to` | where the relay listens, where the server is: IP:PORT or a path |
//! | `faults` | two objects: client to server, server to client; see below |
//!
//! Every other line is an event, a cause always before what comes of it:
//!
//! | member | value |
//! | --- | --- |
//! | `at` | microseconds since the relay began |
//! | `connection` | its number, from 1; for UDP the client's; 0: of no connection |
//! | `event` | what happened: the table below |
//! | `direction` | `"client-to-server"` or `"server-to-client"` |
//!
//! | `event` | other members | |
//! | --- | --- | --- |
//! | `connect` | `client`, `server` | connected; UDP: a new client's first datagram |
//! | `no-server` | `client`, `server`, `error` | no connection; the client was closed |
//! | `arrived` | `direction`, *bytes*, `onward` | one read's bytes; one datagram |
//! | `sent` | `direction`, *bytes*, `faults` | bytes that a fault has sent on |
//! | `end` | `direction`, `total`, `half` | end of file after so many bytes; `half`: the other direction is open |
//! | `reset` | `direction` | the side where it begins has broken the connection |
//! | `time-out` | `direction`, `text` | the system, or UDP's idle time, gave it up |
//! | `failed` | `direction`, `error` | anything else, in the system's words |
//! | `fault` | `direction`, `fault`, `text` | a fault ends what is sent on |
//! | `faults` | `faults` | they were switched, to these |
//! | `closed` | | both directions are over |
//!
//! *bytes* are three members: `offset`, the number of bytes before them in this
//! direction (for UDP the datagram's number, from 1); `size`; `bytes`, as
//! hexadecimal digits. `onward` says what becomes of them: `"as-they-came"`, sent on
//! with one write; `"disturbed"`, what is sent on of them follows as `sent`;
//! `"never"`. The strings in `faults` of `sent` are the options' names without `--`.
//!
//! A direction's faults are an object with only those members that are set: `split`,
//! `rate`, `truncate` (bytes), `delay` (milliseconds), `glue` (`pause` in
//! milliseconds, `size` in bytes), `cut-after`, `half-close-after`, `reset-after`,
//! `stall-after`, `flip` (offsets), `drop`, `duplicate`, `reorder`, `corrupt` (lists
//! of numbers from 1), `seed`.
//!
//! # What waits for whom
//!
//! Events go through a queue of fixed length. Printing alone never holds up the
//! bytes: events that find the queue full are counted, and the view says how many.
//! With a record, with frames or with the page every event counts; then the relay
//! waits for the queue. It never waits for a browser: each viewer has its own place in
//! a history of fixed length ([`web::history`]), and is told what it has missed.

pub mod chance;
pub mod connection;
pub mod event;
pub mod fault;
pub mod frames;
pub mod lane;
pub mod listen;
pub mod options;
pub mod output;
pub mod place;
pub mod record;
pub mod relay;
pub mod replay;
pub mod reporter;
pub mod rows;
pub mod svg;
pub mod tap;
pub mod udp;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
pub mod unix;
pub mod view;
pub mod web;
