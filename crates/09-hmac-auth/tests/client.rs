//! What lesson 9's client makes of servers that do not do as they should.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use hmac_auth::{Answer, SIZE, Sending, authenticate, tag};

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &[u8] = b"only this test knows";

/// Connects with a server that does as it likes.
fn rude_server(act: impl FnOnce(TcpStream) + Send + 'static) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    thread::spawn(move || act(listener.accept().unwrap().0));
    stream
}

fn answer(mut stream: TcpStream, timeout: Duration) -> std::io::Error {
    let key = Answer::Key(KEY.to_vec());
    authenticate(&mut stream, &key, Sending::AtOnce, timeout).unwrap_err()
}

#[test]
fn the_answer_is_the_tag_of_the_challenge() {
    let (heard, answers) = std::sync::mpsc::channel();
    let mut stream = rude_server(move |mut stream| {
        stream.write_all(&[7; SIZE]).unwrap();
        let mut answer = [0; SIZE];
        stream.read_exact(&mut answer).unwrap();
        heard.send(answer).unwrap();
    });
    let key = Answer::Key(KEY.to_vec());
    let sent = authenticate(&mut stream, &key, Sending::AtOnce, LIMIT).unwrap();
    assert_eq!(sent.unwrap(), tag(KEY, &[7; SIZE]));
    assert_eq!(answers.recv_timeout(LIMIT).unwrap(), tag(KEY, &[7; SIZE]));
}

#[test]
fn says_how_much_of_the_challenge_came_before_the_end() {
    for size in [0, 1, SIZE - 1] {
        let stream = rude_server(move |mut stream| {
            stream.write_all(&vec![7; size]).unwrap();
        });
        let error = answer(stream, LIMIT);
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let expected =
            format!("the end came after {size} of 32 bytes of the challenge");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn gives_up_on_a_server_that_sends_no_challenge() {
    let (_hold, until) = std::sync::mpsc::channel::<()>();
    let stream = rude_server(move |mut stream| {
        stream.write_all(&[7; 5]).unwrap();
        let _ = until.recv(); // keeps the connection open
    });
    let error = answer(stream, Duration::from_millis(200));
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let expected = "only 5 of 32 bytes of the challenge came within 200ms";
    assert_eq!(error.to_string(), expected);
}
