//! What the tests of this lesson share: folders, servers, and a peer that speaks the
//! protocol by hand.
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use custom_header::{MAX_MESSAGE, read_frame, write_frame};
use file_transfer::{Client, Disturbance, Folder, Options, Server};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const LIMIT: Duration = Duration::from_secs(10);

/// A new folder, removed with all that is in it.
pub struct Temp(pub PathBuf);

impl Temp {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("file-transfer-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Temp(path)
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.join(name), contents).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.join(name)).unwrap()
    }

    /// The names of all that is in it, temporary files too.
    pub fn names(&self) -> Vec<String> {
        names(&self.0)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

/// Waits until it is true.
#[track_caller]
pub fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::yield_now();
    }
}

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
