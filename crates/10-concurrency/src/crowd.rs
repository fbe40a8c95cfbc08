//! Many clients at once, each with a connection and a thread of its own.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use cli::context;

use crate::{Chart, Row, Unit, ask};

/// What each client does.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// So many messages, each after the answer to the one before.
    pub messages: usize,
    /// The time to think before each further message.
    pub pause: Duration,
}

/// Clients that connect one after the other, and talk all at once.
pub fn crowd(addr: SocketAddr, clients: usize, plan: Plan) -> Chart {
    let start = Instant::now();
    let rows = thread::scope(|scope| {
        let begin = |_| {
            let came = start.elapsed().as_secs_f64();
            // Here, not in the thread: so they come in the order of their numbers.
            let stream = TcpStream::connect(addr).map_err(context("cannot connect"));
            let talking = thread::Builder::new()
                .spawn_scoped(scope, move || talk(stream, plan, start, came));
            (came, talking)
        };
        let all: Vec<_> = (0..clients).map(begin).collect();
        let row =
            |(came, talking): (f64, io::Result<thread::ScopedJoinHandle<Row>>)| {
                let trouble = |text: String| Row {
                    came,
                    left: came,
                    trouble: Some(text),
                    ..Row::default()
                };
                match talking {
                    Ok(thread) => {
                        thread.join().unwrap_or_else(|_| trouble("panicked".into()))
                    }
                    Err(error) => trouble(format!("cannot start a thread: {error}")),
                }
            };
        all.into_iter().map(row).collect()
    });
    Chart { rows, unit: Unit::Seconds }
}

fn talk(
    stream: io::Result<TcpStream>,
    plan: Plan,
    start: Instant,
    came: f64,
) -> Row {
    let mut served = None;
    let result = stream.and_then(|stream| {
        for number in 1..=plan.messages {
            ask(&stream, format!("message {number}").as_bytes())?;
            served.get_or_insert_with(|| start.elapsed().as_secs_f64());
            if number < plan.messages {
                think(plan.pause);
            }
        }
        Ok(())
    });
    let trouble = result.err().map(|error| error.to_string());
    Row { came, served, left: start.elapsed().as_secs_f64(), trouble }
}

fn think(pause: Duration) {
    #[expect(clippy::disallowed_methods, reason = "it is meant to take its time")]
    thread::sleep(pause);
}
