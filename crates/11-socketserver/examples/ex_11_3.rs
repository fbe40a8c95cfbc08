//! Exercise 11.3: add 1, only once for each id. Usage: `ex_11_3 [ADDR]`

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use socketserver::{DEFAULT_ADDR, Handler, Model, serve_forever, start};

/// The longest id, in bytes, with its line end.
const MAX_ID: u64 = 64;

/// So many answers are kept: a repeat that comes later is taken for a new request.
const MAX_KNOWN: usize = 1000;

fn main() -> ExitCode {
    cli::main("Usage: ex_11_3 [ADDR]\n", run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(DEFAULT_ADDR)?;
    args.finish()?;
    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    Ok(serve_forever(start(listener, Once::default(), Model::Threads(100))?)?)
}

/// Each line is an id; its answer is the total. An id that is known gets its answer
/// again, and nothing is added.
#[derive(Default)]
pub struct Once(Mutex<Known>);

#[derive(Default)]
struct Known {
    total: u64,
    answers: VecDeque<(Vec<u8>, u64)>,
}

impl<R: Read + Write> Handler<R> for Once {
    fn handle(&self, request: &mut R, _peer: &str) -> io::Result<()> {
        let mut request = BufReader::new(request);
        loop {
            let mut id = Vec::new();
            request.by_ref().take(MAX_ID).read_until(b'\n', &mut id)?;
            match id.pop() {
                None => return Ok(()),
                Some(b'\n') => {}
                Some(_) => {
                    let text = format!(
                        "an id that is cut, or longer than {} bytes",
                        MAX_ID - 1
                    );
                    return Err(Error::new(ErrorKind::InvalidData, text));
                }
            }
            let total = self.add_once(id);
            request.get_mut().write_all(format!("{total}\n").as_bytes())?;
        }
    }
}

impl Once {
    /// Looks and adds in one step: the lock is held for both.
    fn add_once(&self, id: Vec<u8>) -> u64 {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, total)) = known.answers.iter().find(|(old, _)| *old == id) {
            return *total;
        }
        known.total += 1;
        let total = known.total;
        known.answers.truncate(MAX_KNOWN - 1);
        known.answers.push_front((id, total));
        total
    }
}
