//! What the tests of this lesson share: servers, and clients with time limits.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use concurrency::{Acceptor, Clients, Handler, Model, Submit, Waker, ask, serve};
use scene::wait_until;

pub const LIMIT: Duration = Duration::from_secs(10);
pub const FOREVER: Duration = Duration::from_secs(1000);

/// The models that can run inside a test; for processes it takes the real program.
pub const MODELS: [Model; 4] = [
    Model::One,
    Model::Threads,
    Model::Pool(2, Submit::Queue),
    Model::Pool(2, Submit::Wait),
];

/// A server in a thread that ends with the test's process, at the latest.
pub struct Server {
    pub addr: SocketAddr,
    pub clients: Arc<Clients>,
    pub waker: Waker,
    pub ended: JoinHandle<usize>,
}

impl Server {
    pub fn start(model: Model, limit: usize, grace: Duration) -> Self {
        Server::listen("127.0.0.1:0", model, limit, grace)
    }

    pub fn listen(on: &str, model: Model, limit: usize, grace: Duration) -> Self {
        let listener = TcpListener::bind(on).unwrap();
        let addr = listener.local_addr().unwrap();
        let waker = Waker::new(&listener).unwrap();
        let clients = Clients::new(limit);
        let acceptor = Acceptor::new(listener, Arc::clone(&clients)).unwrap();
        let shared = Arc::clone(&clients);
        let handler = Handler { panic_on: Some("boom".to_string()) };
        let ended = thread::spawn(move || {
            serve(model, acceptor, &shared, handler, grace).unwrap()
        });
        Server { addr, clients, waker, ended }
    }

    /// What Ctrl-C does.
    pub fn stop(&self) {
        self.clients.stop();
        self.waker.wake();
    }

    /// How many were cut.
    #[track_caller]
    pub fn end(self) -> usize {
        wait_until("the server ends", || self.ended.is_finished());
        self.ended.join().unwrap()
    }
}

pub fn client(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

#[track_caller]
pub fn assert_serves(addr: SocketAddr) {
    let answer = ask(&client(addr), b"are you there?");
    assert_eq!(answer.unwrap(), b"ARE YOU THERE?");
}
