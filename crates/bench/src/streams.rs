//! A stream of bytes between two threads over loopback, over a Unix socket, and
//! through a program in between: how much passes, and how long a byte takes there and
//! back.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::peer::{Running, exists, free_port, start, wait_for_listener};

const PIECE: usize = 64 * 1024;
const ROUND_TRIPS: usize = 20_000;

/// Both ends of a connection, and the program between them.
struct Ends(Box<dyn Stream>, Box<dyn Stream>, Option<Running>);

trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

type Connect = fn(&Path) -> io::Result<Ends>;

const WAYS: [(&str, Connect); 4] = [
    ("TCP", |_| tcp_through(|server| Ok((server, None)))),
    ("Unix socket", |_| {
        let (client, server) = UnixStream::pair()?;
        Ok(Ends(Box::new(client), Box::new(server), None))
    }),
    ("TCP through wiretap --quiet", |programs| {
        tcp_through(|server| wiretap(programs, server))
    }),
    ("TCP through socat", |_| tcp_through(socat)),
];

/// Measures all ways, round after round, and prints the table.
///
/// # Errors
///
/// A connection or a program fails.
pub fn measure(programs: &Path, size: u64, rounds: usize) -> io::Result<()> {
    let ways: Vec<_> = WAYS
        .iter()
        .filter(|(name, _)| !name.ends_with("socat") || exists("socat"))
        .collect();
    let mut results = vec![(Vec::new(), Vec::new()); ways.len()];
    for _ in 0..rounds {
        for ((_, connect), (rates, trips)) in ways.iter().zip(&mut results) {
            let time = transfer(connect(programs)?, size)?;
            rates.push(size as f64 / 1e6 / time.as_secs_f64());
            trips.push(round_trip(connect(programs)?)?.as_secs_f64() * 1e6);
        }
    }
    println!("{} MiB, {ROUND_TRIPS} round trips, median of {rounds}:", size >> 20);
    println!(
        "{:>28}  {:>6}  {:>5}  {:>13}  {:>5}",
        "", "MB/s", "ratio", "round trip", "ratio"
    );
    let mut first = None;
    for ((name, _), (rates, trips)) in ways.iter().zip(&mut results) {
        let (rate, trip) = (median(rates), median(trips));
        let (first_rate, first_trip) = *first.get_or_insert((rate, trip));
        println!(
            "{name:>28}  {rate:>6.0}  {:>5.2}  {trip:>10.1} µs  {:>5.2}",
            rate / first_rate,
            trip / first_trip
        );
    }
    Ok(())
}

/// How long it takes until all bytes are read at the other end.
fn transfer(
    Ends(mut client, mut server, _program): Ends,
    size: u64,
) -> io::Result<Duration> {
    let begin = Instant::now();
    let writer = thread::spawn(move || -> io::Result<()> {
        let piece = vec![b'x'; PIECE];
        (0..size / PIECE as u64).try_for_each(|_| client.write_all(&piece))
    });
    let mut piece = vec![0; PIECE];
    let mut left = size / PIECE as u64 * PIECE as u64;
    while left > 0 {
        match server.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => left -= count as u64,
        }
    }
    let time = begin.elapsed();
    writer.join().unwrap_or(Err(io::ErrorKind::Other.into()))?;
    Ok(time)
}

/// The median time of a byte there and back.
fn round_trip(Ends(mut client, mut server, _program): Ends) -> io::Result<Duration> {
    thread::spawn(move || -> io::Result<()> {
        let mut byte = [0];
        loop {
            server.read_exact(&mut byte)?; // fails when the client is dropped
            server.write_all(&byte)?;
        }
    });
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    let mut byte = [b'x'];
    for _ in 0..ROUND_TRIPS {
        let begin = Instant::now();
        client.write_all(&byte)?;
        client.read_exact(&mut byte)?;
        times.push(begin.elapsed());
    }
    times.sort();
    Ok(times[ROUND_TRIPS / 2])
}

/// Connects with a listener of our own, over the address that `between` returns.
fn tcp_through(
    between: impl FnOnce(SocketAddr) -> io::Result<(SocketAddr, Option<Running>)>,
) -> io::Result<Ends> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (addr, program) = between(listener.local_addr()?)?;
    let client = TcpStream::connect(addr)?;
    let (server, _) = listener.accept()?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    Ok(Ends(Box::new(client), Box::new(server), program))
}

fn wiretap(
    programs: &Path,
    server: SocketAddr,
) -> io::Result<(SocketAddr, Option<Running>)> {
    let mut command = Command::new(programs.join("wiretap"));
    command.args(["--quiet", "--to", &server.to_string()]);
    let mut program = start(command.stdout(Stdio::piped()))?;
    let addr = SocketAddr::from(([127, 0, 0, 1], program.port()?));
    Ok((addr, Some(program)))
}

fn socat(server: SocketAddr) -> io::Result<(SocketAddr, Option<Running>)> {
    let port = free_port()?;
    let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,nodelay");
    let to = format!("TCP:{server},nodelay");
    let program = start(Command::new("socat").args([&listen, &to]))?;
    wait_for_listener(port)?;
    Ok((SocketAddr::from(([127, 0, 0, 1], port)), Some(program)))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
