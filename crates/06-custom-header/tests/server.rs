//! What must hold of lesson 6's server, whatever its clients do. They speak the protocol
//! in bytes, as a program in another language would.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

mod fifo;

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use custom_header::MAX_COMMAND;
use fifo::Fifo;
use remote_shell::Limits;
use scene::uninterrupted;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(20);

/// More than any test takes: a command that is to be ended is ended by something else.
const LIMITS: Limits =
    Limits { timeout: Duration::from_secs(600), max_output: 16 * 1024 * 1024 };

fn server() -> SocketAddr {
    server_with(LIMITS)
}

fn server_with(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || custom_header::serve(&listener, limits));
    addr
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

fn request(command: impl AsRef<[u8]>) -> Vec<u8> {
    let command = command.as_ref();
    let length = u32::try_from(command.len()).unwrap();
    [&length.to_be_bytes(), command].concat()
}

struct Answer {
    header: Value,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn read_exactly(mut stream: &TcpStream, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn read_answer(stream: &TcpStream) -> Answer {
    let length = u32::from_be_bytes(read_exactly(stream, 4).try_into().unwrap());
    let header = read_exactly(stream, length as usize);
    let header: Value = serde_json::from_slice(&header).unwrap();
    let size = |name: &str| usize::try_from(header[name].as_u64().unwrap()).unwrap();
    let stdout = read_exactly(stream, size("stdout_size"));
    let stderr = read_exactly(stream, size("total_size") - size("stdout_size"));
    Answer { header, stdout, stderr }
}

fn ask(mut stream: &TcpStream, command: impl AsRef<[u8]>) -> Answer {
    stream.write_all(&request(command)).unwrap();
    read_answer(stream)
}

/// The header of a command that has ended by itself.
fn exited(total: usize, stdout: usize, code: i32) -> Value {
    json!({
        "total_size": total, "stdout_size": stdout, "exit_code": code, "truncated": false,
    })
}

fn refusal(error: &str) -> Value {
    json!({
        "total_size": 0, "stdout_size": 0, "exit_code": null, "truncated": false,
        "error": error,
    })
}

#[track_caller]
fn assert_answers(stream: &TcpStream) {
    let answer = ask(stream, "echo alive");
    assert_eq!(answer.header, exited(6, 6, 0));
    assert_eq!(answer.stdout, b"alive\n");
}

#[track_caller]
fn assert_serves_the_next(addr: SocketAddr) {
    assert_answers(&connect(addr));
}

#[track_caller]
fn assert_end_of_file(mut stream: &TcpStream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("an end of file, not a reset");
    assert_eq!(rest, b"");
}

/// Closes the connection such that the system sends a reset: with bytes unread.
fn reset(stream: TcpStream) {
    let peeked = uninterrupted(|| stream.peek(&mut [0])).unwrap();
    assert_eq!(peeked, 1, "an answer, for the reset");
    drop(stream);
}

// Requests and answers.

#[test]
fn an_answer_is_a_header_and_stdout_and_stderr() {
    let stream = connect(server());
    let answer = ask(&stream, "echo out; echo 错 >&2; exit 7");
    assert_eq!(answer.header, exited(8, 4, 7));
    assert_eq!(answer.stdout, b"out\n");
    assert_eq!(answer.stderr, "错\n".as_bytes());
    for (command, code) in [("true", 0), ("exit 255", 255), ("nosuchcommand", 127)] {
        assert_eq!(ask(&stream, command).header["exit_code"], code);
    }
    assert_eq!(ask(&stream, "kill -9 $$").header["exit_code"], Value::Null);
}

#[test]
fn a_request_may_come_one_byte_at_a_time() {
    let mut stream = connect(server());
    stream.set_nodelay(true).unwrap();
    for byte in request("echo alive").repeat(3) {
        stream.write_all(&[byte]).unwrap();
    }
    for _ in 0..3 {
        assert_eq!(read_answer(&stream).stdout, b"alive\n");
    }
}

#[test]
fn two_requests_in_one_write_get_two_answers_in_order() {
    let mut stream = connect(server());
    let slow = "head -c 100000 /dev/zero | tr '\\0' a";
    stream.write_all(&[request(slow), request("echo two")].concat()).unwrap();
    assert_eq!(read_answer(&stream).stdout, vec![b'a'; 100_000]);
    assert_eq!(read_answer(&stream).stdout, b"two\n");
}

#[test]
fn more_requests_than_the_server_reads_ahead_are_all_answered() {
    let mut stream = connect(server());
    let requests: Vec<_> =
        (0..60).flat_map(|number| request(format!("echo {number}"))).collect();
    stream.write_all(&requests).unwrap();
    for number in 0..60 {
        assert_eq!(read_answer(&stream).stdout, format!("{number}\n").into_bytes());
    }
}

#[test]
fn a_megabyte_on_each_stream_comes_whole() {
    let stream = connect(server());
    let print = |letter| format!("head -c 1000000 /dev/zero | tr '\\0' {letter}");
    for command in [
        format!("{}; {} >&2", print('o'), print('e')),
        format!("{} >&2; {}", print('e'), print('o')),
        format!("{} >&2 & {}; wait", print('e'), print('o')),
    ] {
        let answer = ask(&stream, command);
        assert_eq!(answer.header, exited(2_000_000, 1_000_000, 0));
        assert!(answer.stdout.iter().all(|byte| *byte == b'o'));
        assert!(answer.stderr.iter().all(|byte| *byte == b'e'));
    }
}

#[test]
fn a_command_may_have_64_kib() {
    let stream = connect(server());
    let mut command = "echo long #".to_string();
    command.extend(iter::repeat_n('x', MAX_COMMAND - command.len()));
    assert_eq!(ask(&stream, &command).stdout, b"long\n");
    command.push('x');
    let text = "frame too long: 65537 bytes, the limit is 65536";
    assert_eq!(ask(&stream, &command).header, refusal(text));
    assert_end_of_file(&stream);
}

#[test]
fn what_cannot_be_a_command_is_refused_in_step() {
    let stream = connect(server());
    for (command, text) in [
        (&b""[..], "the command is empty"),
        (b"echo \xff", "the command is not UTF-8"),
        (b"\xe4\xbd", "the command is not UTF-8"),
        (b"echo \0", "the command holds a NUL"),
    ] {
        assert_eq!(ask(&stream, command).header, refusal(text));
        assert_answers(&stream);
    }
}

// Lengths over the limit.

const GIANT: [u8; 4] = [0xff; 4];
const GIANT_TEXT: &str = "frame too long: 4294967295 bytes, the limit is 65536";

#[test]
fn a_length_over_the_limit_is_refused_and_then_comes_the_end_of_file() {
    let addr = server();
    let mut stream = connect(addr);
    stream.write_all(&GIANT).unwrap();
    assert_eq!(read_answer(&stream).header, refusal(GIANT_TEXT));
    assert_end_of_file(&stream);
    assert_serves_the_next(addr);
}

#[test]
fn whatever_follows_a_length_over_the_limit_the_refusal_arrives() {
    let addr = server();
    for pieces in [1, 100] {
        let mut stream = connect(addr);
        stream.write_all(&GIANT).unwrap();
        for _ in 0..pieces {
            stream.write_all(&[b'x'; 65_536]).unwrap();
        }
        assert_eq!(read_answer(&stream).header, refusal(GIANT_TEXT));
        assert_end_of_file(&stream);
    }
    assert_serves_the_next(addr);
}

#[test]
fn before_a_length_over_the_limit_is_refused_earlier_requests_are_answered() {
    let mut stream = connect(server());
    let mut bytes = request("echo one").repeat(30);
    bytes.extend(GIANT);
    bytes.extend(b"something else");
    stream.write_all(&bytes).unwrap();
    for _ in 0..30 {
        assert_eq!(read_answer(&stream).stdout, b"one\n");
    }
    assert_eq!(read_answer(&stream).header, refusal(GIANT_TEXT));
    assert_end_of_file(&stream);
}

#[test]
fn who_sends_a_length_over_the_limit_and_leaves_ends_its_command() {
    let fifo = Fifo::new("giant");
    let mut stream = connect(server());
    let bytes = [request(fifo.endless_command()), GIANT.to_vec()].concat();
    stream.write_all(&bytes).unwrap();
    fifo.assert_opened();
    drop(stream);
    fifo.assert_ended();
}

// Clients that leave.

/// So many requests may wait behind the one that runs, without hiding the end.
const READ_AHEAD: usize = 16;

#[test]
fn a_frame_that_is_cut_by_the_end_of_file_is_survived() {
    let addr = server();
    let bytes = request("touch /nowhere");
    for cut in 0..bytes.len() {
        let mut stream = connect(addr);
        stream.write_all(&bytes[..cut]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_end_of_file(&stream);
    }
    assert_serves_the_next(addr);
}

#[test]
fn a_frame_that_is_cut_by_a_reset_is_survived() {
    let addr = server();
    let bytes = request("touch /nowhere");
    for cut in 0..bytes.len() {
        let mut stream = connect(addr);
        stream.write_all(&request("")).unwrap(); // refused: something to leave unread
        stream.write_all(&bytes[..cut]).unwrap();
        reset(stream);
    }
    assert_serves_the_next(addr);
}

/// A client that asks for commands that never end, and then leaves in some way.
#[track_caller]
fn assert_leaving_ends_the_command(
    name: &str,
    further_requests: usize,
    leave: impl FnOnce(TcpStream) -> Option<TcpStream>,
) {
    let fifo = Fifo::new(name);
    let addr = server();
    let mut stream = connect(addr);
    let kept = std::env::temp_dir()
        .join(format!("custom-header-{}-{name}-kept", std::process::id()));
    fs::write(&kept, "").unwrap();
    let mut bytes = request(""); // refused: something that a reset needs
    bytes.extend(request(fifo.endless_command()));
    // What waits must not run any more.
    let further = format!("rm '{}'; sleep 1000", kept.display());
    bytes.extend(request(further).repeat(further_requests));
    stream.write_all(&bytes).unwrap();
    fifo.assert_opened();
    let left = leave(stream);
    fifo.assert_ended();
    if let Some(stream) = left {
        assert_eq!(read_answer(&stream).header, refusal("the command is empty"));
        assert_end_of_file(&stream);
    }
    assert_serves_the_next(addr);
    fs::remove_file(&kept).expect("no later command has run");
}

fn half_close(stream: TcpStream) -> Option<TcpStream> {
    stream.shutdown(Shutdown::Write).unwrap();
    Some(stream)
}

#[test]
fn the_end_of_file_ends_the_command_and_all_its_processes() {
    assert_leaving_ends_the_command("eof", 0, half_close);
}

#[test]
fn the_end_of_file_behind_further_requests_ends_the_command() {
    for further in [1, 5, READ_AHEAD] {
        assert_leaving_ends_the_command("eof-further", further, half_close);
    }
}

#[test]
fn a_reset_ends_the_command_and_all_its_processes() {
    assert_leaving_ends_the_command("reset", 0, |stream| {
        reset(stream);
        None
    });
}

#[test]
fn a_reset_behind_further_requests_ends_the_command() {
    for further in [1, 5, READ_AHEAD] {
        assert_leaving_ends_the_command("reset-further", further, |stream| {
            reset(stream);
            None
        });
    }
}

#[test]
fn a_client_that_leaves_its_answer_of_16_mib_is_survived() {
    let addr = server();
    let mut stream = connect(addr);
    stream.write_all(&request("head -c 16777216 /dev/zero")).unwrap();
    reset(stream);
    let mut stream = connect(addr);
    stream.write_all(&request("head -c 16777216 /dev/zero").repeat(3)).unwrap();
    reset(stream);
    assert_serves_the_next(addr);
}

// Limits.

#[test]
fn a_command_that_takes_too_long_is_ended_and_what_it_printed_is_delivered() {
    let limits = Limits { timeout: Duration::from_secs(2), ..LIMITS };
    let stream = connect(server_with(limits));
    let answer = ask(&stream, "echo out; echo err >&2; sleep 1000 & sleep 1000");
    let header = json!({
        "total_size": 8, "stdout_size": 4, "exit_code": null, "truncated": false,
    });
    assert_eq!(answer.header, header);
    assert_eq!(
        (&answer.stdout[..], &answer.stderr[..]),
        (&b"out\n"[..], &b"err\n"[..])
    );
    assert_answers(&stream);
}

#[test]
fn output_over_the_limit_is_cut_exactly_there_and_the_header_says_so() {
    let stream = connect(server_with(Limits { max_output: 10, ..LIMITS }));
    assert_eq!(ask(&stream, "printf 1234567890").header, exited(10, 10, 0));
    assert_eq!(ask(&stream, "printf 1234567890 >&2").header, exited(10, 0, 0));

    let answer = ask(&stream, "printf 12345678901");
    let header = json!({
        "total_size": 10, "stdout_size": 10, "exit_code": null, "truncated": true,
    });
    assert_eq!(answer.header, header);
    assert_eq!(answer.stdout, b"1234567890");

    let answer = ask(&stream, "yes & yes >&2");
    assert_eq!(answer.header["total_size"], 10);
    assert_eq!(answer.header["truncated"], true);
    assert_eq!(answer.header["exit_code"], Value::Null);
    assert_answers(&stream);
}

// Many clients.

#[test]
fn a_hundred_clients_at_once_get_each_its_own_answer() {
    let addr = server();
    let streams: Vec<_> = (0..100).map(|_| connect(addr)).collect();
    for (number, mut stream) in streams.iter().enumerate() {
        stream.write_all(&request(format!("echo {number}"))).unwrap();
    }
    for (number, stream) in streams.iter().enumerate() {
        assert_eq!(read_answer(stream).stdout, format!("{number}\n").into_bytes());
    }
}

#[test]
fn who_is_silent_or_slow_holds_up_nobody() {
    let addr = server();
    let silent = connect(addr);
    let mut half = connect(addr);
    half.write_all(&request("echo alive")[..7]).unwrap();
    let mut busy = connect(addr);
    busy.write_all(&request("sleep 1000")).unwrap();
    let mut takes_nothing = connect(addr);
    takes_nothing.write_all(&request("head -c 16777216 /dev/zero")).unwrap();
    uninterrupted(|| takes_nothing.peek(&mut [0])).unwrap();
    assert_serves_the_next(addr);
    half.write_all(&request("echo alive")[7..]).unwrap();
    assert_eq!(read_answer(&half).stdout, b"alive\n");
    assert_answers(&silent);
}

#[test]
fn a_broken_server_answers_with_its_bytes_and_closes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || custom_header::serve_bytes(&listener, b"\0\0\0\x05x"));
    for _ in 0..2 {
        let mut stream = connect(addr);
        stream.write_all(&request("ls")).unwrap();
        assert_eq!(read_exactly(&stream, 5), b"\0\0\0\x05x");
        assert_end_of_file(&stream);
        drop(connect(addr)); // sends nothing
    }
}

// The last word.

#[test]
fn a_gentle_close_ends_with_the_client_or_with_its_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = connect(listener.local_addr().unwrap());
    let (server, _) = listener.accept().unwrap();
    client.write_all(&[b'x'; 100]).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    custom_header::close_gently(&server, Duration::from_secs(1_000_000));

    let client = connect(listener.local_addr().unwrap());
    let (server, _) = listener.accept().unwrap();
    custom_header::close_gently(&server, Duration::from_millis(1));
    assert_end_of_file(&client);
}

#[test]
fn a_gentle_close_ends_although_bytes_come_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = connect(listener.local_addr().unwrap());
    let (server, _) = listener.accept().unwrap();
    let flood = thread::spawn(move || -> io::Error {
        loop {
            if let Err(error) = client.write_all(&[b'x'; 65_536]) {
                return error;
            }
        }
    });
    custom_header::close_gently(&server, Duration::from_millis(50));
    drop(server);
    let error = flood.join().unwrap().kind();
    assert!(matches!(error, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset));
}
