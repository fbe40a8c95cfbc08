//! The program: its records, its ends, and what it does without descriptors.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use scene::{Running, Temp, wait_until};
use socket2::SockRef;

const LIMIT: Duration = Duration::from_secs(10);

const PROGRAM: &str = env!("CARGO_BIN_EXE_wiretap");

/// A file for a record, in a folder that is removed when the test ends.
fn record() -> (Temp, String) {
    let folder = Temp::new();
    let file = folder.join("record.jsonl").into_os_string();
    (folder, file.into_string().unwrap())
}

fn run(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).stdin(Stdio::null()).output().unwrap()
}

/// Starts the program by a command, and returns its address.
fn start(mut command: Command) -> (Running, BufReader<impl Read>, String) {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = Running(command.spawn().unwrap());
    let mut out = BufReader::new(program.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_string();
    (program, out, address)
}

fn before(server: &TcpListener, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    let to = server.local_addr().unwrap().to_string();
    command.args(["--to", &to]).args(args);
    command
}

fn server() -> TcpListener {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&server).set_read_timeout(Some(LIMIT)).unwrap(); // for accept
    server
}

/// Sends a text through, and waits until it has arrived.
fn talk(address: &str, server: &TcpListener, text: &str) -> (TcpStream, TcpStream) {
    let mut client = TcpStream::connect(address).unwrap();
    let (mut served, _) = server.accept().unwrap();
    for stream in [&client, &served] {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
    }
    client.write_all(text.as_bytes()).unwrap();
    let mut bytes = vec![0; text.len()];
    served.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, text.as_bytes());
    (client, served)
}

#[test]
fn what_was_shown_can_be_replayed_although_the_program_was_killed() {
    let (server, (_folder, record)) = (server(), record());
    let args = ["--record", &record, "--no-times"];
    let (program, mut out, address) = start(before(&server, &args));
    let streams = talk(&address, &server, "hello");
    let mut shown = String::new();
    out.read_line(&mut shown).unwrap();
    out.read_line(&mut shown).unwrap();
    drop(program); // kill -9
    drop(streams);
    let replayed = run(&["--replay", &record, "--no-times"]);
    assert!(replayed.status.success());
    assert_eq!(String::from_utf8(replayed.stdout).unwrap(), shown);
}

#[test]
fn a_record_that_is_cut_is_shown_up_to_there_and_a_wrong_one_is_refused() {
    let (server, (_folder, record)) = (server(), record());
    let (program, mut out, address) = start(before(&server, &["--record", &record]));
    let streams = talk(&address, &server, "hello");
    out.read_line(&mut String::new()).unwrap();
    out.read_line(&mut String::new()).unwrap();
    drop((program, streams));
    let text = fs::read(&record).unwrap();
    fs::write(&record, &text[..text.len() - 10]).unwrap();
    let cut = run(&["--replay", &record]);
    let said = String::from_utf8(cut.stderr).unwrap();
    assert!(said.contains("line 3 is cut") && cut.status.success(), "{said}");
    assert_eq!(cut.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);

    let wrong = [&text[..text.len() - 10], b"\n"].concat();
    fs::write(&record, wrong).unwrap();
    let wrong = run(&["--replay", &record]);
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains(": line 3: ") && wrong.status.code() == Some(1), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_record_that_cannot_be_written_ends_the_program() {
    let to = server().local_addr().unwrap().to_string();
    let full = run(&["--to", &to, "--record", "/dev/full"]);
    let said = String::from_utf8(full.stderr).unwrap();
    assert!(said.contains("cannot record: No space left"), "{said}");
    assert_eq!(full.status.code(), Some(1));
}

#[test]
fn the_program_ends_quietly_when_nobody_reads_what_it_prints() {
    let server = server();
    let (mut program, out, address) = start(before(&server, &[]));
    drop(out);
    // The line about a connection cannot be printed. The first may still be heard: by a
    // child of this process that another test starts, until it is another program.
    wait_until("it has ended", || {
        let _ = TcpStream::connect(&address);
        program.0.try_wait().unwrap().is_some()
    });
    assert!(program.0.wait().unwrap().success());
    let mut said = String::new();
    program.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
#[cfg(target_os = "linux")]
fn without_descriptors_a_client_is_closed_and_the_next_one_is_served() {
    let server = server();
    let to = server.local_addr().unwrap();
    let mut command = Command::new("sh");
    // Four are the program's own, one is held by the accept that waits, and a
    // connection takes two.
    let script = format!("ulimit -n 7; exec '{PROGRAM}' --quiet --to {to}");
    command.args(["-c", &script]);
    let (_program, mut out, address) = start(command);
    let first = talk(&address, &server, "hello");
    let second = TcpStream::connect(&address).unwrap();
    second.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!((&second).read_to_end(&mut Vec::new()).unwrap(), 0);
    let mut line = String::new();
    while !line.contains("Too many open files") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0);
    }
    drop(first);
    // Its descriptors are free a moment after it has ended.
    std::thread::spawn(move || server.accept().unwrap().0.write_all(b"x"));
    let served = || {
        let client = TcpStream::connect(&address).unwrap();
        client.set_read_timeout(Some(LIMIT)).unwrap();
        (&client).read_exact(&mut [0]).is_ok()
    };
    while !served() {}
}

#[test]
fn every_mistake_on_the_command_line_is_refused_in_words() {
    let to = ["--to", "127.0.0.1:1"];
    for (args, expected) in [
        (&[][..], "expected --to ADDR"),
        (&["--nope"], "unknown option \"--nope\""),
        (&["more"], "unexpected argument \"more\""),
        (&["--listen", "0.0.0.0:0"], "can be reached from other machines"),
        (&["--listen", "nowhere"], "is no address"),
        (&["--web", "0.0.0.0:0"], "reads and disturbs what passes"),
        (&["--web", "8000"], "--web \"8000\" is no address"),
        (&["--udp", "--unix"], "only one of --udp and --unix"),
        (&["--udp", "--split", "3"], "--split is for a stream"),
        (&["--drop", "2"], "--drop is for datagrams"),
        (&["--udp", "--drop", "0"], "from 1"),
        (&["--udp", "--drop", "1,x"], "or several: 2,5"),
        (&["--split", "0"], "expected a number from 1"),
        (&["--glue-size", "5"], "are for --glue"),
        (&["--client-to-server"], "a direction is for a fault"),
        (&["--unix", "--listen", "/x", "--reset-after", "1"], "have no RST"),
        (&["--flip", "x"], "the offset of a byte"),
        (&["--listen", "127.0.0.1:1"], "its own client"),
        (&["--unix", "--listen", "./127.0.0.1:1"], "its own client"),
    ] {
        let all = match args.is_empty() {
            true => vec![],
            false => [&to[..], args].concat(),
        };
        let output = run(&all);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(expected), "{args:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
    let help = run(&["--help"]);
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 88), "a wide line");
}

#[test]
fn a_record_holds_every_piece_whatever_the_view_shows() {
    let (server, (_folder, record)) = (server(), record());
    let args = ["--record", &record, "--quiet", "--limit", "1"];
    let (program, mut out, address) = start(before(&server, &args));
    let text = "x".repeat(300_000);
    let streams = talk(&address, &server, &text);
    drop(streams);
    for _ in 0..3 {
        out.read_line(&mut String::new()).unwrap(); // connected, end, end
    }
    drop(program);
    let record = wiretap::record::Record::open(File::open(&record).unwrap());
    let sizes = record.unwrap().filter_map(|event| match event.unwrap().what {
        wiretap::event::What::Arrived { piece, .. } => {
            assert_eq!(piece.bytes.len(), piece.size);
            Some(piece.size)
        }
        _ => None,
    });
    assert_eq!(sizes.sum::<usize>(), 300_000);
}

#[test]
#[cfg(target_os = "linux")]
fn a_stop_and_a_continue_change_nothing() {
    let server = server();
    let args = ["--glue", "--glue-size", "9", "--glue-pause", "3600000"];
    let args = [&args[..], &["--web", "127.0.0.1:0"]].concat();
    let (program, mut out, address) = start(before(&server, &args));
    let mut page = String::new();
    out.read_line(&mut page).unwrap();
    let page = page.trim().trim_start_matches("the page is http://");
    let host = page.trim_end_matches('/');
    let connect = |address: &str| {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    };
    // Both read with a time-out now: the tap holds bytes, the page half a request.
    let (mut client, mut asking) = (connect(&address), connect(host));
    client.write_all(b"hello").unwrap();
    asking.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let mut served = server.accept().unwrap().0;
    served.set_read_timeout(Some(LIMIT)).unwrap();
    for line in 0..2 {
        assert!(out.read_line(&mut String::new()).unwrap() > 0, "{line}");
    }
    program.stop_and_continue();
    client.write_all(b"feng").unwrap();
    let mut bytes = [0; 9];
    served.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"hellofeng");
    write!(asking, "Host: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    asking.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
