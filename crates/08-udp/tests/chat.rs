//! What must hold of the messenger: its contacts, what it sends, and what it shows.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::{BufRead, BufReader, ErrorKind, Lines, Write};
use std::net::{SocketAddr, UdpSocket};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use cli::printable;
use scene::{Running, Temp, uninterrupted};
use udp::chat::send;
use udp::{Contacts, MAX_DATAGRAM};

const LIMIT: Duration = Duration::from_secs(10);
const CHAT: &str = env!("CARGO_BIN_EXE_udp-chat");

fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

fn next(socket: &UdpSocket) -> String {
    let mut buffer = [0; 100];
    let size = uninterrupted(|| socket.recv(&mut buffer)).unwrap();
    String::from_utf8(buffer[..size].to_vec()).unwrap()
}

#[test]
fn contacts_are_people_and_groups() {
    let json = r#"{"all": ["bob", "ann"], "bob": "[::1]:2", "ann": "127.0.0.1:1"}"#;
    let contacts = Contacts::from_json(json.as_bytes()).unwrap();
    let ann: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let bob: SocketAddr = "[::1]:2".parse().unwrap();
    assert_eq!(contacts.to_string(), "ann, bob, all");
    assert_eq!(contacts.addresses_of("ann").unwrap(), [ann]);
    assert_eq!(contacts.addresses_of("all").unwrap(), [bob, ann]);
    assert_eq!(contacts.who_has(bob), Some((1, "bob")));
    assert_eq!(contacts.who_has("127.0.0.1:3".parse().unwrap()), None);
    let error = contacts.addresses_of("eve\u{1b}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = r#""eve\u{1b}" has no address, expected one of ann, bob, all"#;
    assert_eq!(error.to_string(), text);
    // A group cannot be who you are.
    let text = r#""all" has no address, expected one of ann, bob"#;
    assert_eq!(contacts.address_of("all").unwrap_err().to_string(), text);
}

#[test]
fn bad_contacts_get_an_error_that_says_what_was_expected() {
    for (json, text) in [
        ("", "EOF while parsing a value at line 1 column 0; expected such as {"),
        ("{\"ann\": }", "expected value at line 1 column 9; expected such as {"),
        ("[]", "invalid type: sequence, expected a map at line 1"),
        ("{\"ann\": 7}", "\"ann\" has 7; expected such as {"),
        ("{\"ann\": \"7081\"}", "\"ann\" has \"7081\", expected IP:PORT such as"),
        ("{\"all\": [\"ann\"]}", "group \"all\": \"ann\" has no address, expected"),
        ("{\"all\": [[]]}", "group \"all\": [] is no name, expected a string"),
        ("{\"a\": [], \"b\": [\"a\"]}", "group \"b\": \"a\" has no address"),
        ("{\"all\": [], \"all\": []}", "\"all\" stands there twice at line 1"),
        (
            r#"{"ann": "127.0.0.1:1", "bob": "127.0.0.1:1"}"#,
            r#""bob" has 127.0.0.1:1, and so has "ann"; expected an address for each"#,
        ),
        (
            r#"{"ann": "127.0.0.1:1", "all": ["ann", "ann"]}"#,
            r#"group "all": "ann" stands there twice"#,
        ),
        ("{\"quit\": []}", "\"quit\" cannot be a name"),
        ("{\"\": []}", "\"\" cannot be a name"),
        (r#"{"a\u001b[2J": []}"#, r#""a\u{1b}[2J" cannot be a name"#),
    ] {
        let error = Contacts::from_json(json.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().starts_with(text), "{json}: {error}");
    }
}

#[test]
fn what_could_steer_the_terminal_is_escaped_and_nothing_else() {
    for (message, shown) in [
        ("it's \"你好\" \\o/ नमस्ते 👩‍💻".as_bytes(), "it's \"你好\" \\o/ नमस्ते 👩‍💻"),
        (b"\x1b[2J\x07\x7f\r\t", r"\u{1b}[2J\u{7}\u{7f}\r\t"),
        (b"hi\nbob: me too", r"hi\nbob: me too"),
        ("\u{9b}2J\u{202e}\u{2028}".as_bytes(), r"\u{9b}2J\u{202e}\u{2028}"),
        (&"你好".as_bytes()[..4], r"你\xe5"),
        (b"", ""),
    ] {
        assert_eq!(printable(message), shown);
    }
}

#[test]
fn a_group_gets_a_datagram_each_and_the_sender_none() {
    let (ann, ann_addr) = socket();
    let (bob, bob_addr) = socket();
    let (eve, eve_addr) = socket();
    let group = [ann_addr, bob_addr, eve_addr];
    send(&ann, &group, "你好".as_bytes()).unwrap();
    send(&bob, &group, b"me too").unwrap();
    assert_eq!(next(&ann), "me too");
    assert_eq!(next(&bob), "你好");
    assert_eq!([next(&eve), next(&eve)], ["你好", "me too"]);
}

#[test]
fn what_cannot_be_a_message_is_refused_and_nothing_sent() {
    let (ann, _) = socket();
    let (bob, to) = socket();
    let text = |message: &[u8]| send(&ann, &[to], message).unwrap_err().to_string();
    let too_long = text(&[b'x'; MAX_DATAGRAM + 1]);
    assert_eq!(too_long, "not sent: 65508 bytes, and a datagram has at most 65507");
    assert_eq!(text(b"\xff!"), r#"not sent: "\xff!" is not UTF-8"#);
    let own = ann.local_addr().unwrap();
    for to in [&[own][..], &[]] {
        let error = send(&ann, to, b"hello").unwrap_err().to_string();
        assert_eq!(error, "not sent: nobody but you would get it");
    }
    send(&ann, &[to], b"").unwrap();
    send(&ann, &[to], b"hello").unwrap();
    assert_eq!(next(&bob), "hello");
}

#[test]
fn who_cannot_be_reached_does_not_keep_the_message_from_the_others() {
    let (ann, _) = socket();
    let (bob, to) = socket();
    let ipv6 = "[::1]:1".parse().unwrap(); // an IPv4 socket cannot send there
    send(&ann, &[ipv6, to], b"hello").unwrap();
    assert_eq!(next(&bob), "hello");
}

/// A running messenger of somebody called ann, whose only contact is bob.
struct Chat {
    program: Running,
    _folder: Temp,
    lines: Lines<BufReader<ChildStdout>>,
    addr: SocketAddr,
}

impl Chat {
    fn start(bob: SocketAddr) -> Self {
        let folder = Temp::new();
        let json = format!(r#"{{"ann": "127.0.0.1:0", "bob": "{bob}"}}"#);
        folder.write("contacts.json", json);
        let mut command = Command::new(CHAT);
        command.arg("ann").current_dir(&folder.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = Running::start(&mut command);
        let addr = program.listening_on().parse().unwrap();
        let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "to whom? ann, bob");
        Chat { program, _folder: folder, lines, addr }
    }

    fn types(&mut self, text: &str) {
        let input = self.program.0.stdin.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
    }

    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

#[test]
fn survives_every_datagram_and_shows_it_as_one_line() {
    let (bob, bob_addr) = socket();
    let mut chat = Chat::start(bob_addr);
    let large = vec![b'x'; if cfg!(target_os = "macos") { 9216 } else { 65_507 }];
    for (message, shown) in [
        (&b"hello"[..], "hello"),
        (b"", ""),
        (b"\xff\x1b[31m\n", r"\xff\u{1b}[31m\n"),
        (&large, str::from_utf8(&large).unwrap()),
    ] {
        bob.send_to(message, chat.addr).unwrap();
        assert!(chat.next() == format!("bob: {shown}"));
    }
    let (stranger, addr) = socket();
    stranger.send_to(b"bob: it is me", chat.addr).unwrap();
    assert_eq!(chat.next(), format!("{addr}: bob: it is me"));
}

#[test]
fn quit_goes_back_to_the_list_and_there_it_ends() {
    let (bob, bob_addr) = socket();
    let mut chat = Chat::start(bob_addr);
    chat.types("nobody\nbob\nhello\n\nagain\nquit\n");
    assert_eq!(chat.next(), "to whom? ann, bob");
    assert_eq!(chat.next(), "to bob, until quit");
    assert_eq!([next(&bob), next(&bob)], ["hello", "again"]);
    assert_eq!(chat.next(), "to whom? ann, bob");
    chat.types("bob\nonce more\nquit\nquit\n");
    assert_eq!(next(&bob), "once more");
    assert!(chat.program.0.wait().unwrap().success());
}

#[test]
fn survives_a_friend_that_is_gone() {
    let (bob, bob_addr) = socket();
    bob.connect(bob_addr).unwrap(); // to itself: for others as good as gone
    let mut chat = Chat::start(bob_addr);
    chat.types("bob\nhello?\nhello??\nquit\n");
    assert_eq!(chat.next(), "to bob, until quit");
    assert_eq!(chat.next(), "to whom? ann, bob");
    bob.connect(chat.addr).unwrap();
    bob.send(b"here I am").unwrap();
    assert_eq!(chat.next(), "bob: here I am");
}
