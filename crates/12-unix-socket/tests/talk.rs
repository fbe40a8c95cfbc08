//! The same conversation over anything that reads and writes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{self, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use unix_socket::{ask, talk};

/// Reads from one place and writes to another.
struct Both<'a>(Cursor<&'a [u8]>, &'a mut Vec<u8>);

impl Read for Both<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_byte_comes_back_in_upper_case_in_memory() {
    let sent: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let mut answers = Vec::new();
    let total = talk(Both(Cursor::new(&sent), &mut answers)).unwrap();
    assert_eq!((total, answers), (5000, sent.to_ascii_uppercase()));
}

#[test]
fn it_goes_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = thread::spawn(move || talk(listener.accept().unwrap().0));
    assert_eq!(
        ask(&mut stream, "hello 你好".as_bytes()).unwrap(),
        "HELLO 你好".as_bytes()
    );
    drop(stream);
    assert_eq!(server.join().unwrap().unwrap(), 12);
}

#[test]
#[cfg(unix)]
fn it_goes_over_a_pair() {
    let (mut one, other) = unix_socket::pair().unwrap();
    let server = thread::spawn(|| talk(other));
    for size in [1, 4095, 4096, 4097, 3 << 20] {
        assert!(ask(&mut one, &vec![b'x'; size]).unwrap() == vec![b'X'; size]);
    }
    drop(one);
    assert_eq!(server.join().unwrap().unwrap(), 1 + 3 * 4096 + (3 << 20));
}
