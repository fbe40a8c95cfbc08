//! The command line.

use std::env;
use std::net::SocketAddr;
use std::str::FromStr;

use cli::{Args, Error};

use crate::fault::{Faults, Glue, MAX_HELD, MAX_TIME};
use crate::record::Transport;
use crate::reporter::Wanted;
use crate::view;

/// When `--glue` sends on what it holds, unless it is told otherwise: after 200 ms
/// without a byte, or with 64 KiB.
const GLUE: Glue = Glue { pause: 200, size: 64 * 1024 };

/// Faults by their number in the order in which datagrams arrive.
#[derive(Debug, Default)]
struct Numbers(Vec<u64>);

impl FromStr for Numbers {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Numbers)
    }
}

/// What carries the bytes: `--udp`, `--unix`.
///
/// # Errors
///
/// Both.
pub fn transport(args: &mut Args) -> Result<Transport, Error> {
    match (args.flag("--udp"), args.flag("--unix")) {
        (false, false) => Ok(Transport::Tcp),
        (true, false) => Ok(Transport::Udp),
        (false, true) => Ok(Transport::Unix),
        (true, true) => Err(usage("expected only one of --udp and --unix")),
    }
}

/// What is shown, for a terminal of this width, if it is one: it is coloured, unless
/// `NO_COLOR` is set (<https://no-color.org>).
///
/// # Errors
///
/// A value that is none.
pub fn view(
    args: &mut Args,
    terminal: Option<usize>,
) -> Result<view::Options, Error> {
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = args.number("--width", 40..=1000)?;
    Ok(view::Options {
        width: width.or(terminal).unwrap_or(80),
        limit: args.number("--limit", 0..=usize::MAX)?.unwrap_or(64),
        text: args.flag("--text"),
        times: !args.flag("--no-times"),
        quiet: args.flag("--quiet"),
        frames: args.flag("--frames"),
        colour: terminal.is_some() && !no_colour,
    })
}

/// How much the view, and a record or a page if there is one, want to be told.
pub fn wanted(view: &view::Options, everything: bool) -> Wanted {
    let frames = view.frames && !view.quiet;
    Wanted {
        pieces: everything || !view.quiet,
        bytes: if everything || frames { usize::MAX } else { view.limit },
        all: everything || frames,
    }
}

/// Where the page is served: `--web`, on this machine only.
///
/// # Errors
///
/// No address, or one that other machines can reach.
pub fn web(args: &mut Args) -> Result<Option<SocketAddr>, Error> {
    let Some(text) = args.option::<String>("--web", "an address")? else {
        return Ok(None);
    };
    let address = address("--web", &text)?;
    if address.ip().is_loopback() {
        return Ok(Some(address));
    }
    Err(usage(format!(
        "--web {address} can be reached from other machines, and whoever reaches it \
         reads and disturbs what passes; expected a loopback address such as \
         127.0.0.1:8000"
    )))
}

/// An IP address and a port.
///
/// # Errors
///
/// Text that is neither.
pub fn address(name: &str, text: &str) -> Result<SocketAddr, Error> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_string(),
    };
    numeric.parse().map_err(|_| {
        usage(format!(
            "{name} {text:?} is no address, expected IP:PORT such as 127.0.0.1:7002 or \
             [::1]:7002"
        ))
    })
}

/// As [`address`], to listen on: whoever can reach it can reach the server behind
/// it, so one that other machines can reach needs `--allow-remote`.
///
/// # Errors
///
/// As `address`, or one that is not loopback.
pub fn listen_address(text: &str, allowed: bool) -> Result<SocketAddr, Error> {
    let address = address("--listen", text)?;
    if allowed || address.ip().is_loopback() {
        return Ok(address);
    }
    Err(usage(format!(
        "--listen {address} can be reached from other machines, and whoever reaches it \
         reaches the server; expected a loopback address such as 127.0.0.1:0, or \
         --allow-remote if that is meant"
    )))
}

/// The faults of both directions: client to server, server to client.
///
/// # Errors
///
/// A value that is none, a fault that this transport does not have, or a direction
/// without any fault.
pub fn faults(args: &mut Args, transport: Transport) -> Result<[Faults; 2], Error> {
    let stream = stream_faults(args)?;
    let datagram = datagram_faults(args)?;
    let seed = args.option("--seed", "a number")?;
    let none = Faults::default();
    let (given, wrong, what) = match transport {
        Transport::Udp => (datagram, stream, "a stream, not datagrams (--udp)"),
        _ => (stream, datagram, "datagrams (--udp), not a stream"),
    };
    if wrong != none {
        return Err(usage(format!("{} is for {what}", names(&wrong))));
    }
    if transport == Transport::Unix && given.reset_after.is_some() {
        return Err(usage("--reset-after is for TCP: Unix sockets have no RST"));
    }
    let given = Faults { seed, ..given };
    let chosen = directions(args, given != none)?;
    Ok(chosen.map(|chosen| if chosen { given.clone() } else { none.clone() }))
}

/// Which directions are meant: client to server, server to client.
fn directions(args: &mut Args, any_fault: bool) -> Result<[bool; 2], Error> {
    let there = args.flag("--client-to-server");
    let back = args.flag("--server-to-client");
    if (there || back) && !any_fault {
        return Err(usage("a direction is for a fault, expected one, too"));
    }
    let both = there == back;
    Ok([there || both, back || both])
}

fn stream_faults(args: &mut Args) -> Result<Faults, Error> {
    let offset = "a number of bytes";
    let pause = args.number("--glue-pause", 1..=MAX_TIME)?;
    let size = args.number("--glue-size", 1..=MAX_HELD)?;
    let glue = args.flag("--glue").then(|| Glue {
        pause: pause.map_or(GLUE.pause, |pause| pause as u64),
        size: size.unwrap_or(GLUE.size),
    });
    if glue.is_none() && (pause.is_some() || size.is_some()) {
        return Err(usage("--glue-pause and --glue-size are for --glue"));
    }
    Ok(Faults {
        split: args.number("--split", 1..=MAX_HELD)?,
        glue,
        delay: args.number("--delay", 1..=MAX_TIME)?.map(|time| time as u64),
        rate: args.number("--rate", 1..=u32::MAX as usize)?,
        cut_after: args.option("--cut-after", offset)?,
        reset_after: args.option("--reset-after", offset)?,
        half_close_after: args.option("--half-close-after", offset)?,
        stall_after: args.option("--stall-after", offset)?,
        flip: args.option("--flip", "the offset of a byte")?,
        ..Faults::default()
    })
}

fn datagram_faults(args: &mut Args) -> Result<Faults, Error> {
    let mut numbers = |name| {
        let expected = "the number of a datagram, from 1, or several: 2,5";
        let numbers = args.option::<Numbers>(name, expected)?.unwrap_or_default().0;
        match numbers.contains(&0) {
            true => Err(usage(format!("{name} 0 is wrong, expected {expected}"))),
            false => Ok(numbers),
        }
    };
    Ok(Faults {
        drop: numbers("--drop")?,
        duplicate: numbers("--duplicate")?,
        reorder: numbers("--reorder")?,
        corrupt: numbers("--corrupt")?,
        truncate: args.number("--truncate", 0..=65_535)?,
        ..Faults::default()
    })
}

/// The options that have set these faults.
fn names(faults: &Faults) -> String {
    let value = serde_json::to_value(faults).unwrap_or_default();
    let names = value.as_object().into_iter().flat_map(|object| object.keys());
    names.map(|name| format!("--{name}")).collect::<Vec<_>>().join(", ")
}

fn usage(text: impl ToString) -> Error {
    Error::Usage(text.to_string())
}
