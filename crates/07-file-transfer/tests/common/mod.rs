//! What the tests of this lesson share: servers, and a peer that speaks the
//! protocol by hand.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use custom_header::{MAX_MESSAGE, read_frame, write_frame};
use file_transfer::{Client, Disturbance, Folder, Options, Server};
use scene::Temp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const LIMIT: Duration = Duration::from_secs(10);

/// A server on a free port, in a thread that ends with the test's process.
pub fn server(share: &Temp) -> SocketAddr {
    server_with(share, u64::MAX, LIMIT)
}

pub fn server_with(share: &Temp, max_size: u64, limit: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let folder = Folder::new(&share.0).unwrap();
    let server = Server { folder, max_size, idle_timeout: limit };
    thread::spawn(move || file_transfer::serve(&listener, server));
    addr
}

pub fn client(addr: SocketAddr, into: &Temp) -> Client {
    Client::connect(addr, options(into)).unwrap()
}

pub fn options(into: &Temp) -> Options {
    Options {
        into: into.0.clone(),
        force: false,
        idle_timeout: LIMIT,
        disturbance: Disturbance::default(),
    }
}

/// Either side of the protocol, by hand.
pub struct Peer(pub TcpStream);

impl Peer {
    pub fn connect(addr: SocketAddr) -> Self {
        Peer::new(TcpStream::connect(addr).unwrap())
    }

    pub fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Peer(stream)
    }

    pub fn send(&mut self, object: Value) {
        write_frame(&mut self.0, object.to_string().as_bytes()).unwrap();
    }

    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next object; null at the end of file.
    pub fn receive(&mut self) -> Value {
        match read_frame(&mut self.0, MAX_MESSAGE).unwrap() {
            Some(bytes) => serde_json::from_slice(&bytes).unwrap(),
            None => Value::Null,
        }
    }

    pub fn receive_raw(&mut self, size: usize) -> Vec<u8> {
        let mut bytes = vec![0; size];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    pub fn ask(&mut self, request: Value) -> Value {
        self.send(request);
        self.receive()
    }

    /// The kind of the refusal that the request gets.
    #[track_caller]
    pub fn refused(&mut self, request: Value) -> String {
        let reply = self.ask(request.clone());
        kind(&reply).unwrap_or_else(|| panic!("{request} is answered by {reply}"))
    }

    /// Sends a file and returns the last reply.
    pub fn put(&mut self, name: &str, contents: &[u8]) -> Value {
        assert_eq!(self.ask(put(name, contents.len())), json!({"ready": true}));
        self.send_raw(contents);
        self.ask(json!({"sha256": sha256(contents)}))
    }

    /// Fails unless the connection is in step.
    #[track_caller]
    pub fn assert_in_step(&mut self) {
        assert!(self.ask(json!({"op": "ls"}))["files"].is_array());
    }
}

pub fn get(name: &str, offset: u64) -> Value {
    json!({"op": "get", "filename": name, "offset": offset})
}

pub fn put(name: &str, size: usize) -> Value {
    json!({"op": "put", "filename": name, "total_size": size, "overwrite": false})
}

pub fn kind(reply: &Value) -> Option<String> {
    assert!(reply["error"].is_null() || reply["error"]["message"].is_string());
    Some(reply["error"]["kind"].as_str()?.to_string())
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
