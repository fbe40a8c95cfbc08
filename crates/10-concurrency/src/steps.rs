//! Many clients that hold their connections until somebody presses Enter: what
//! happens in between has all the time it needs.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use cli::context;

use crate::{Chart, Row, Unit, ask};

/// Connects the clients, and takes a step for each line, until all have left.
///
/// # Errors
///
/// As [`Steps::begin`], or a line could not be read.
pub fn play(
    addr: SocketAddr,
    clients: usize,
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
) -> io::Result<Chart> {
    let mut steps = Steps::begin(addr, clients)?;
    for line in lines {
        line?;
        println!("{}", steps.step());
        if steps.is_over() {
            break;
        }
    }
    Ok(steps.chart())
}

/// Clients that have sent a message each, and stay.
#[derive(Debug)]
pub struct Steps {
    clients: Vec<Held>,
    step: f64,
}

#[derive(Debug)]
struct Held {
    /// `None` when it has left.
    stream: Option<Arc<TcpStream>>,
    answer: Receiver<io::Result<Vec<u8>>>,
    row: Row,
}

impl Steps {
    /// Connects the clients one after the other, and has each send a message.
    ///
    /// # Errors
    ///
    /// One could not connect, or there is no thread for it.
    pub fn begin(addr: SocketAddr, clients: usize) -> io::Result<Self> {
        let clients = (1..=clients).map(|number| Held::begin(addr, number));
        Ok(Steps { clients: clients.collect::<io::Result<_>>()?, step: 0.0 })
    }

    /// Looks who is served and who waits; then the first of those who are served
    /// leaves. Returns who they are, by number.
    pub fn step(&mut self) -> String {
        let (mut served, mut waiting) = (String::new(), String::new());
        let mut leaves = None;
        for (number, client) in (1..).zip(&mut self.clients) {
            client.look(self.step);
            match (&client.stream, client.row.served) {
                (None, _) => {}
                (Some(_), None) => waiting += &format!(" {number}"),
                (Some(_), Some(_)) => {
                    served += &format!(" {number}");
                    leaves.get_or_insert((number, client));
                }
            }
        }
        self.step += 1.0;
        let leaves = leaves.map_or(String::new(), |(number, client)| {
            client.leave();
            format!(" {number}")
        });
        format!("served:{served}; waiting:{waiting}; leaves:{leaves}")
    }

    /// True when nobody is there any more.
    pub fn is_over(&self) -> bool {
        self.clients.iter().all(|client| client.stream.is_none())
    }

    /// The steps so far; all leave.
    pub fn chart(mut self) -> Chart {
        for client in &mut self.clients {
            client.look(self.step);
            client.leave();
        }
        let rows = self.clients.into_iter().map(|client| client.row).collect();
        Chart { rows, unit: Unit::Steps }
    }
}

impl Held {
    fn begin(addr: SocketAddr, number: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)
            .map_err(context(format!("client {number}: cannot connect")))?;
        let stream = Arc::new(stream);
        let (sender, answer) = mpsc::channel();
        let shared = Arc::clone(&stream);
        thread::Builder::new().spawn(move || {
            let _ = sender.send(ask(&shared, b"hello"));
        })?;
        Ok(Held { stream: Some(stream), answer, row: Row::default() })
    }

    /// What has become of it, and that it is here for this step.
    fn look(&mut self, step: f64) {
        if self.stream.is_none() {
            return;
        }
        match self.answer.try_recv() {
            Ok(Ok(_)) => self.row.served = Some(step),
            Ok(Err(error)) => {
                self.row.trouble = Some(error.to_string());
                return self.leave();
            }
            Err(_) => {} // not yet, or long ago
        }
        self.row.left = step + 1.0;
    }

    fn leave(&mut self) {
        if let Some(stream) = self.stream.take() {
            let _ = stream.shutdown(Shutdown::Both); // its thread may have it, too
        }
    }
}
