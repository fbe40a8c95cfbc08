//! What the page's server answers, and whom: raw requests, as a rude client sends them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Instant;

use common::timed;
use wiretap::event::{Event, What};
use wiretap::fault::{Faults, Switches};
use wiretap::record::{Session, Transport, VERSION};
use wiretap::reporter::Reporter;
use wiretap::web::Web;
use wiretap::web::controls::Controls;
use wiretap::web::history::{History, MAX_BYTES, MAX_EVENTS};

struct Page {
    address: SocketAddr,
    history: Arc<History>,
    switches: Switches,
    events: Receiver<Event>,
}

fn page(live: bool) -> Page {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (reporter, events) = Reporter::new(common::EVERYTHING);
    let (history, switches) = (Arc::new(History::default()), Switches::default());
    let session = Session {
        wiretap: VERSION,
        transport: Transport::Tcp,
        listen: "127.0.0.1:1".into(),
        to: "127.0.0.1:2".into(),
        faults: Default::default(),
    };
    let controls =
        || Controls::new(switches.clone(), Arc::new(reporter), Transport::Tcp);
    let controls = live.then(controls);
    let web = Web { history: Arc::clone(&history), session, controls };
    thread::spawn(move || web.serve(&listener));
    Page { address, history, switches, events }
}

impl Page {
    fn connect(&self) -> TcpStream {
        timed(TcpStream::connect(self.address).unwrap())
    }

    /// Sends bytes, and returns the whole answer.
    fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str, headers: &str) -> String {
        let host = self.address;
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"))
    }

    fn post(&self, headers: &str, body: &str) -> String {
        let (host, length) = (self.address, body.len());
        self.ask(format!(
            "POST /faults HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\
             {headers}\r\n{body}"
        ))
    }

    fn watch(&self, headers: &str) -> Viewer {
        let mut stream = self.connect();
        let host = self.address;
        let ask = format!("GET /events HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        stream.write_all(ask.as_bytes()).unwrap();
        Viewer(BufReader::new(stream))
    }
}

struct Viewer(BufReader<TcpStream>);

impl Viewer {
    /// The next line that begins so, without that.
    fn line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "no more {start:?}");
            if let Some(rest) = line.trim_end().strip_prefix(start) {
                return rest.to_string();
            }
        }
    }

    /// Reads until it has been told of this event.
    fn until(&mut self, event: &str) {
        while !self.line("data: ").contains(event) {}
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn every_file_of_the_page_is_served_and_loads_nothing_from_elsewhere() {
    let page = page(true);
    let start = page.get("/?x", "");
    assert_eq!(status(&start), "200");
    assert!(start.contains("default-src 'none'") && start.contains("</html>"));
    for (at, _) in start.match_indices("=\"/") {
        let path = start[at + 2..].split('"').next().unwrap();
        assert_eq!(status(&page.get(path, "")), "200", "{path}");
    }
    assert_eq!(status(&page.get("/nothing", "")), "404");
    assert_eq!(status(&page.get("/faults", "")), "405");
}

#[test]
fn a_foreign_host_or_origin_is_refused_in_words() {
    let page = page(true);
    let port = page.address.port();
    let ask = |host: &str| page.ask(format!("GET / HTTP/1.1\r\n{host}\r\n"));
    for host in [
        "",
        "Host: evil.example\r\n",
        "Host: 127.0.0.1\r\n",
        "Host: 127.0.0.1:1\r\n",
        &format!("Host: evil.example:{port}\r\n"),
        &format!("Host: 127.0.0.1:{port}.evil.example\r\n"),
        &format!("Host: localhost:{port}\r\nHost: evil.example\r\n"),
    ] {
        let answer = ask(host);
        assert_eq!(status(&answer), "403", "{host}");
        assert!(answer.contains("DNS rebinding"), "{answer}");
    }
    assert_eq!(status(&ask(&format!("Host: LocalHost:{port}\r\n"))), "200");

    let fault = r#"[{"split":3},{}]"#;
    for origin in ["http://evil.example", "null", "https://localhost", ""] {
        let origin = format!("Origin: {origin}\r\n");
        assert!(page.get("/events", &origin).contains("(CSRF)"), "{origin}");
        let answer = page.post(&(origin + JSON), fault);
        assert_eq!(status(&answer), "403");
    }
    assert_eq!(page.switches.both(), <[Faults; 2]>::default());
    let own = format!("Origin: http://localhost:{port}\r\n{JSON}");
    assert_eq!(status(&page.post(&own, fault)), "200");
    assert_eq!(page.switches.both()[0].split, Some(3));
}

#[test]
fn a_switch_is_an_event_before_it_acts() {
    let page = page(true);
    assert_eq!(status(&page.post(JSON, r#"[{"flip":7},{"rate":9}]"#)), "200");
    let What::Faults { faults } = page.events.recv().unwrap().what else { panic!() };
    assert_eq!(*faults, page.switches.both());
    assert_eq!((faults[0].flip, faults[1].rate), (Some(7), Some(9)));
}

#[test]
fn what_is_no_switch_is_refused_and_changes_nothing() {
    let page = page(true);
    for body in [
        "",
        "[]",
        "[{},{}",
        "[{},{},{}]",
        r#"[{"nope":1},{}]"#,
        r#"[{"split":0},{}]"#,
        r#"[{"split":-1},{}]"#,
        r#"[{},{"rate":0}]"#,
        r#"[{"rate":4294967296},{}]"#,
        r#"[{"glue":{"pause":1,"size":99999999999}},{}]"#,
        r#"[{"delay":86400001},{}]"#,
        r#"[{"drop":[1]},{}]"#,
    ] {
        assert_eq!(status(&page.post(JSON, body)), "400", "{body}");
    }
    assert_eq!(status(&page.post("", "[{},{}]")), "415");
    assert_eq!(status(&page.post(JSON, &" ".repeat(5000))), "413");
    let head = format!("POST /faults HTTP/1.1\r\nHost: {}\r\n{JSON}", page.address);
    let refused = |rest: &str| {
        let answer = page.ask(format!("{head}{rest}\r\n\r\n"));
        status(&answer).to_string()
    };
    assert_eq!(refused("Content-Length: 99999999999999999999"), "413");
    assert_eq!(refused("Content-Length: -1"), "400");
    assert_eq!(refused("Content-Length: 2\r\nContent-Length: 3"), "400");
    assert_eq!(refused("Transfer-Encoding: chunked"), "411");
    assert_eq!(page.switches.both(), <[Faults; 2]>::default());
    assert!(page.events.try_recv().is_err());
}

#[test]
fn a_record_has_nothing_to_switch() {
    let page = page(false);
    assert_eq!(status(&page.post(JSON, "[{},{}]")), "403");
    assert!(page.watch("").line("data: ").contains(r#""live":false"#));
}

#[test]
fn rude_clients_do_not_keep_others_from_the_page() {
    let page = page(true);
    let mut silent = Vec::new();
    for start in ["", "GET", "POST /faults HTTP/1.1\r\nContent-Length: 9\r\n\r\n["] {
        let mut stream = page.connect();
        stream.write_all(start.as_bytes()).unwrap();
        silent.push(stream);
    }
    assert_eq!(status(&page.ask("nonsense\r\n\r\n")), "400");
    assert_eq!(status(&page.ask(b"\xff\0\xff\r\n\r\n")), "400");
    let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(9000));
    assert_eq!(status(&page.ask(long)), "431");
    let cut = page.connect();
    cut.shutdown(Shutdown::Write).unwrap();
    assert_eq!(status(&page.get("/", "")), "200");
}

#[test]
fn too_many_connections_are_told_to_come_later() {
    let page = page(true);
    let watch = |_| {
        let mut viewer = page.watch("");
        viewer.line("event: session");
        viewer
    };
    let viewers: Vec<_> = (0..64).map(watch).collect();
    assert_eq!(status(&page.get("/", "")), "503");
    drop(viewers);
}

#[test]
fn who_was_sent_away_and_stays_does_not_keep_others_away() {
    let page = page(true);
    let watch = |_| {
        let mut viewer = page.watch("");
        viewer.line("event: session");
        viewer
    };
    let viewers: Vec<_> = (0..64).map(watch).collect();
    // They neither ask nor leave.
    let silent: Vec<_> = (0..100).map(|_| page.connect()).collect();
    assert_eq!(status(&page.get("/", "")), "503");
    drop(viewers);
    // The viewers' threads end when they next write.
    let end = Instant::now() + common::LIMIT;
    while status(&page.get("/", "")) != "200" {
        assert!(Instant::now() < end, "nobody is let in any more");
        page.history.push("1".into());
    }
    drop(silent);
}

#[test]
fn two_viewers_and_a_late_one_see_the_same() {
    let page = page(true);
    let mut viewers = [page.watch(""), page.watch("")];
    page.history.push(r#"{"n":1}"#.into());
    page.history.push(r#"{"n":2}"#.into());
    viewers.iter_mut().for_each(|viewer| viewer.until(r#"{"n":2}"#));
    let mut late = page.watch("");
    assert!(late.line("data: ").contains(r#""listen":"127.0.0.1:1""#));
    assert_eq!(late.line("data: "), r#"[{"n":1},{"n":2}]"#);
}

#[test]
fn who_comes_back_goes_on_where_it_was_but_not_in_another_run() {
    let page = page(true);
    page.history.push("1".into());
    let mut viewer = page.watch("");
    let seen = viewer.line("id: ");
    page.history.push("2".into());
    let again = |id: &str| {
        let mut viewer = page.watch(&format!("Last-Event-ID: {id}\r\n"));
        viewer.line("data: ");
        viewer.line("data: ")
    };
    assert_eq!(again(&seen), "[2]");
    for other in ["", "x-1", "1", &format!("{seen}x")] {
        assert_eq!(again(other), "[1,2]", "{other}");
    }
}

#[test]
fn a_slow_viewer_slows_nobody_down_and_is_told_what_it_has_missed() {
    let page = page(true);
    let mut slow = page.watch("");
    slow.line("event: session");
    // More than both systems' buffers and the history hold.
    let large = format!("{:?}", "x".repeat(4000));
    let many = 2 * MAX_EVENTS.max(MAX_BYTES / large.len());
    (0..many).for_each(|_| page.history.push(large.clone()));
    page.history.push("\"the last\"".into());
    page.watch("").until("the last"); // and who reads is served

    let mut missed = 0;
    loop {
        let line = slow.line("");
        if line == "event: missed" {
            missed += slow.line("data: ").parse::<usize>().unwrap();
        }
        if line.contains("the last") {
            break;
        }
    }
    assert!(missed > MAX_EVENTS / 2, "{missed}");
}
