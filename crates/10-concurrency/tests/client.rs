//! The client's side: what it makes of a server's answers, and its chart.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use common::{FOREVER, Server, client};
use concurrency::{Chart, Model, Plan, Row, Unit, ask, crowd};

/// A server that does as it likes with its one client.
fn rude(act: impl FnOnce(TcpStream) + Send + 'static) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = client(listener.local_addr().unwrap());
    thread::spawn(move || act(listener.accept().unwrap().0));
    stream
}

#[test]
fn a_line_of_any_length_comes_back_without_a_deadlock() {
    let server = Server::start(Model::Threads, 10, FOREVER);
    let stream = client(server.addr);
    for size in [0, 1, 65_535, 65_536, 65_537, 3 << 20] {
        assert!(ask(&stream, &vec![b'x'; size]).unwrap() == vec![b'X'; size]);
    }
}

#[test]
fn what_is_no_answer_is_told_as_what_the_server_said() {
    for message in ["x", "hello", "a message that is longer than what is said"] {
        let stream = rude(|mut stream| {
            stream.write_all(b"full, \x1b[2J try later\n").unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let error = ask(&stream, message.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(error.to_string(), r"the server said: full, \u{1b}[2J try later");
    }
}

#[test]
fn a_server_that_talks_for_ever_is_not_listened_to_for_ever() {
    let stream = rude(|mut stream| while stream.write_all(&[b'?'; 4096]).is_ok() {});
    let error = ask(&stream, b"hello").unwrap_err();
    assert!(error.to_string().len() < 1100);
}

#[test]
fn a_server_that_answers_something_else_and_waits_is_not_waited_for() {
    let stream = rude(|stream| {
        let _ = std::io::copy(&mut &stream, &mut &stream);
    });
    let error = ask(&stream, b"hello").unwrap_err();
    assert_eq!(error.to_string(), "the server said: hello");
}

#[test]
fn an_answer_that_is_cut_is_an_end_of_file() {
    let stream = rude(|mut stream| {
        stream.read_exact(&mut [0; 5]).unwrap();
        stream.write_all(b"HEL").unwrap();
    });
    assert_eq!(ask(&stream, b"hello").unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

fn row(came: f64, served: Option<f64>, left: f64) -> Row {
    Row { came, served, left, trouble: None }
}

#[test]
fn the_chart_puts_all_clients_on_one_axis() {
    let rows = vec![
        row(0.0, Some(0.0), 2.0),
        row(0.5, Some(2.0), 4.0),
        Row { trouble: Some("full".to_string()), ..row(1.0, None, 1.0) },
    ];
    let chart = Chart { rows, unit: Unit::Seconds };
    let expected = "\
client 1  |####################                    | waited 0.000 s
client 2  |     ...............####################| waited 1.500 s
client 3  |                                        | full
          |                                 4.000 s|";
    assert_eq!(chart.to_string(), expected);
    assert_eq!(
        chart.all_served().unwrap_err().to_string(),
        "clients that were not served: 1"
    );
}

#[test]
fn a_step_is_as_wide_as_the_others_and_nothing_divides_by_zero() {
    for steps in [0, 1, 3, 39, 40, 41, 1000] {
        let rows = vec![row(0.0, Some(0.0), steps.into()), row(0.0, None, 0.0)];
        let text = Chart { rows, unit: Unit::Steps }.to_string();
        let widths = text.lines().map(|line| line.rfind('|').unwrap());
        let widths: Vec<_> = widths.collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{text}");
        assert!(widths[0] <= 51, "{text}");
    }
}

#[test]
fn the_picture_is_well_formed_whatever_its_name_and_says_who_waited() {
    let rows = vec![row(0.0, Some(0.0), 1.0), row(0.0, Some(1.0), 2.0)];
    let chart = Chart { rows, unit: Unit::Steps };
    for name in ["pool", "my file", "\"><&\u{202e}", ""] {
        let svg = chart.svg(name);
        let lines = svg.lines().filter(|line| !line.contains(r#" lang="zh""#));
        let svg = lines.collect::<Vec<_>>().join("\n");
        let document = roxmltree::Document::parse(&svg).unwrap();
        let rects = document
            .descendants()
            .filter(|node| node.tag_name().name() == "rect")
            .count();
        assert_eq!(rects, 4);
        assert!(svg.contains("Client 1 waited 0 steps; Client 2 waited 1 step"));
    }
}

#[test]
fn a_crowd_is_served_by_each_model() {
    for model in common::MODELS {
        let server = Server::start(model, 100, FOREVER);
        let plan = Plan { messages: 3, pause: Duration::ZERO };
        let chart = crowd(server.addr, 20, plan);
        assert_eq!(chart.rows.len(), 20);
        chart.all_served().unwrap();
        for row in chart.rows {
            let served = row.served.unwrap();
            assert!(row.came <= served && served <= row.left);
        }
    }
}
