//! Many clients in one thread: each sends a message, waits for its whole answer, and
//! then sends the next (a closed loop).

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cli::context;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token};

use crate::clients::waits::Waits;

/// What a client sends; its answer is the same in upper case.
pub const MESSAGE: &[u8; 64] =
    b"abcdefghijklmnopqrstuvwxyz 0123456789 the quick brown fox jumps\n";

/// A visitor asks from one to so many times: 50 on average, and not all in step.
pub const MOST_QUESTIONS: u64 = 99;

/// So many clients may wait for their first answer when the next one connects: fewer
/// than any server's backlog, so that the system does not drop their SYN.
const AT_THE_DOOR: usize = 64;

/// If a server that answers all at once answers nobody for so long, something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

/// If another answers nobody for so long, those at the door are left waiting there.
const SHORT_PATIENCE: Duration = Duration::from_millis(10);

/// Clients of one server.
pub struct Crowd {
    server: SocketAddr,
    poll: Poll,
    clients: Vec<Client>,
    stage: Stage,
    random: u64,
    waits: Waits,
}

/// What a client does when it has been answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It rests.
    Gather,
    /// It asks again.
    Stay,
    /// It asks again, or leaves, and a new client takes its place.
    Visit,
}

struct Client {
    stream: TcpStream,
    connected: bool,
    /// Since when it has been waiting for an answer: it asked, or wants to connect.
    since: Instant,
    /// How many bytes of the answer have come.
    size: usize,
    /// How many answers it has got.
    answers: u64,
    /// A visitor leaves after so many.
    enough: u64,
}

impl Crowd {
    /// So many clients connect and ask once. Returns when all are answered; if the
    /// server does not answer all at once, also when it answers nobody any more.
    ///
    /// # Errors
    ///
    /// A connection or an answer is wrong, or nobody is answered any more.
    pub fn gather(server: SocketAddr, count: usize, all: bool) -> io::Result<Self> {
        let mut crowd = Crowd {
            server,
            poll: Poll::new()?,
            clients: Vec::with_capacity(count),
            stage: Stage::Gather,
            random: 0,
            waits: Waits::default(),
        };
        let patience = if all { PATIENCE } else { SHORT_PATIENCE };
        let (mut answered, mut allowed) = (0, AT_THE_DOOR);
        let mut last = Instant::now();
        while answered < count {
            while crowd.clients.len() < count.min(answered + allowed) {
                crowd.join()?;
            }
            let more = crowd.turn(SHORT_PATIENCE)?;
            answered += more;
            if more > 0 {
                last = Instant::now();
            } else if last.elapsed() >= patience {
                if all {
                    let text = format!("{answered} of {count} clients are answered");
                    return Err(io::Error::new(ErrorKind::TimedOut, text));
                }
                if crowd.clients.len() == count {
                    break;
                }
                allowed += AT_THE_DOOR;
            }
        }
        Ok(crowd)
    }

    /// One more client.
    fn join(&mut self) -> io::Result<()> {
        let (place, enough) = (Token(self.clients.len()), self.questions());
        let registry = self.poll.registry();
        let client = Client::connect(self.server, registry, place, enough)?;
        self.clients.push(client);
        Ok(())
    }

    /// How many have been answered at all.
    pub fn served(&self) -> usize {
        self.clients.iter().filter(|client| client.answers > 0).count()
    }

    /// All talk, as long as `time`. If they are visitors, each leaves after some
    /// answers and a new one comes.
    ///
    /// # Errors
    ///
    /// As [`Crowd::gather`].
    pub fn talk(&mut self, visitors: bool, time: Duration) -> io::Result<Waits> {
        let resting = self.stage == Stage::Gather;
        self.stage = if visitors { Stage::Visit } else { Stage::Stay };
        if resting {
            for client in self.clients.iter_mut().filter(|one| one.answers > 0) {
                client.ask(Instant::now())?;
            }
        }
        let begin = Instant::now();
        self.waits = Waits::new(begin, begin + time);
        while begin.elapsed() < time {
            self.turn(time.saturating_sub(begin.elapsed()))?;
        }
        let mut waits = std::mem::take(&mut self.waits);
        for client in &self.clients {
            waits.is_not_over(client.since);
        }
        Ok(waits)
    }

    /// Waits for events, and goes on with each client that has one. Returns how many
    /// have been answered.
    fn turn(&mut self, time: Duration) -> io::Result<usize> {
        let mut events = Events::with_capacity(1024);
        match self.poll.poll(&mut events, Some(time)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(0),
            result => result?,
        }
        let mut answered = 0;
        for event in &events {
            let client = &mut self.clients[event.token().0];
            if client.go_on(event.is_writable()).map_err(context("a client"))? {
                answered += 1;
                self.answered(event.token())?;
            }
        }
        Ok(answered)
    }

    fn answered(&mut self, place: Token) -> io::Result<()> {
        let now = Instant::now();
        let client = &mut self.clients[place.0];
        self.waits.is_over(client.since, now);
        client.answers += 1;
        if self.stage == Stage::Visit && client.answers >= client.enough {
            let enough = self.questions();
            let registry = self.poll.registry();
            self.clients[place.0] =
                Client::connect(self.server, registry, place, enough)?;
        } else if self.stage != Stage::Gather {
            client.ask(now)?;
        }
        Ok(())
    }

    /// For how many questions the next one comes. The same in each run.
    fn questions(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        1 + (self.random >> 32) % MOST_QUESTIONS
    }
}

impl Client {
    fn connect(
        server: SocketAddr,
        registry: &Registry,
        place: Token,
        enough: u64,
    ) -> io::Result<Self> {
        let since = Instant::now();
        let mut stream = TcpStream::connect(server)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, place, interest)?;
        Ok(Client { stream, connected: false, since, size: 0, answers: 0, enough })
    }

    fn ask(&mut self, now: Instant) -> io::Result<()> {
        self.since = now;
        self.size = 0;
        self.stream.write_all(MESSAGE)
    }

    /// Connects further, or reads. True if the whole answer is there.
    fn go_on(&mut self, writable: bool) -> io::Result<bool> {
        if !self.connected {
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            if writable {
                self.connected = true;
                self.ask(self.since)?;
            }
            return Ok(false);
        }
        let mut buffer = [0; 2 * MESSAGE.len()];
        let size = match self.stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            result => result?,
        };
        let rest = MESSAGE[self.size..].to_ascii_uppercase();
        if size == 0 || !rest.starts_with(&buffer[..size]) {
            let text = format!("is answered {}", cli::show(&buffer[..size]));
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        self.size += size;
        Ok(self.size == MESSAGE.len())
    }
}
