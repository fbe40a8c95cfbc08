//! A client that knows the protocol and is made of nothing of the library that is
//! judged.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use hmac_auth::tag;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::common::Server;

pub const STDIN: u8 = 0;
pub const STDOUT: u8 = 1;
pub const STDERR: u8 = 2;
pub const FILE: u8 = 3;
pub const MESSAGE: u8 = 4;
pub const END: u8 = 5;

const LIMIT: Duration = Duration::from_secs(10);

impl Server {
    pub fn connect(&self) -> Raw {
        let stream = TcpStream::connect(&self.addr).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Raw {
            stream,
            sent: Vec::new(),
            byte_by_byte: false,
            out_key: [0; 32],
            in_key: [0; 32],
            out_counter: 0,
            in_counter: 0,
        }
    }

    /// The first message sent, and the answer to it.
    pub fn hello(&self, user: &str) -> (Raw, Value) {
        let mut raw = self.connect();
        raw.send_json(&hello(user));
        let answer = raw.receive_json();
        (raw, answer)
    }

    pub fn login(&self, user: (&str, &str)) -> Raw {
        self.connect().login(user)
    }
}

const CHALLENGE: [u8; 32] = [0x5a; 32];

fn hello(user: &str) -> Value {
    json!({"version": 1, "user": user, "challenge": hex(&CHALLENGE)})
}

/// A client.
pub struct Raw {
    pub stream: TcpStream,
    /// All that was sent, to send it again.
    pub sent: Vec<u8>,
    pub byte_by_byte: bool,
    out_key: [u8; 32],
    pub in_key: [u8; 32],
    out_counter: u64,
    in_counter: u64,
}

impl Raw {
    /// The handshake, up to and with the welcome.
    pub fn login(mut self, (user, key): (&str, &str)) -> Self {
        self.send_json(&hello(user));
        let answer = self.receive_json();
        let challenge = unhex(answer["challenge"].as_str().unwrap());
        assert_eq!(challenge.len(), 32);
        let name = [b"capstone 1\0", user.as_bytes(), b"\0"].concat();
        let signed = [&name[..], &CHALLENGE, &challenge].concat();
        let proof = |role: &[u8]| tag(key.as_bytes(), &[role, &signed].concat());
        assert_eq!(answer["proof"], hex(&proof(b"server\0")), "the server's proof");
        self.send_json(&json!({"proof": hex(&proof(b"client\0"))}));
        let extracted = tag(&[&CHALLENGE, &challenge[..]].concat(), key.as_bytes());
        let expand = |info: &[u8]| tag(&extracted, &[info, &[1]].concat());
        self.out_key = expand(b"capstone 1 client to server");
        self.in_key = expand(b"capstone 1 server to client");
        assert_eq!(self.receive_message(), json!({"welcome": user}));
        self
    }

    pub fn send_json(&mut self, message: &Value) {
        self.write(&frame(message.to_string().as_bytes()));
    }

    pub fn receive_json(&mut self) -> Value {
        serde_json::from_slice(&self.receive_frame()).unwrap()
    }

    pub fn send_message(&mut self, message: &Value) {
        self.send(MESSAGE, message.to_string().as_bytes());
    }

    pub fn send(&mut self, kind: u8, body: &[u8]) {
        let frame = self.seal(self.out_counter, kind, body);
        self.out_counter += 1;
        self.write(&frame);
    }

    /// The frame of a record.
    pub fn seal(&self, counter: u64, kind: u8, body: &[u8]) -> Vec<u8> {
        let record = [&counter.to_be_bytes()[..], &[kind], body].concat();
        let tag = tag(&self.out_key, &record);
        frame(&[&record[..], &tag].concat())
    }

    /// The next record: kind and body.
    pub fn receive(&mut self) -> (u8, Vec<u8>) {
        let payload = self.receive_frame();
        let (record, proof) = payload.split_last_chunk::<32>().unwrap();
        assert_eq!(*proof, tag(&self.in_key, record), "the tag");
        let (counter, rest) = record.split_first_chunk::<8>().unwrap();
        assert_eq!(u64::from_be_bytes(*counter), self.in_counter, "the counter");
        self.in_counter += 1;
        (rest[0], rest[1..].to_vec())
    }

    pub fn receive_message(&mut self) -> Value {
        let (kind, body) = self.receive();
        assert_eq!(kind, MESSAGE, "expected a message, got {}", hex(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub fn receive_file(&mut self, size: usize) -> Vec<u8> {
        let mut contents = Vec::new();
        while contents.len() < size {
            let (kind, body) = self.receive();
            assert_eq!(kind, FILE);
            contents.extend(body);
        }
        contents
    }

    /// Says goodbye and waits for the same from the server.
    pub fn end(&mut self) {
        self.send(END, b"");
        assert_eq!(self.receive().0, END);
        assert!(self.has_ended());
    }

    /// True at the end of file, or a reset, which is how a close with bytes unread
    /// arrives.
    pub fn has_ended(&mut self) -> bool {
        match self.stream.read_exact(&mut [0]) {
            Ok(()) => false,
            Err(error) => {
                matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                )
            }
        }
    }

    /// Waits until the server closes.
    pub fn read_to_the_end(&mut self) {
        if let Err(error) = self.stream.read_to_end(&mut Vec::new()) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        match self.byte_by_byte {
            false => self.stream.write_all(bytes).unwrap(),
            true => bytes.iter().for_each(|b| self.stream.write_all(&[*b]).unwrap()),
        }
    }

    fn receive_frame(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let length = u32::from_be_bytes(length);
        assert!(length <= 65577, "a frame of {length} bytes");
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload).unwrap();
        payload
    }
}

fn frame(payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32).to_be_bytes(), payload].concat()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}
