//! Records as drawings.
//!
//! ```sh
//! BLESS=1 cargo test -p wiretap --test svg    # writes the drawings in drawn/ anew
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::env;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use roxmltree::Document;
use wiretap::event::{Direction, Event, Onward, Piece, What};
use wiretap::record::{Record, Session};
use wiretap::svg::{Drawing, MAX_EVENTS, Options};

const THERE: Direction = Direction::ClientToServer;

fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every kind of event, four connections; and one that stands in the book.
const EVENTS: &str = "tests/drawn/events.jsonl";
const GLUE: &str = "../../docs/figures/glue.jsonl";

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretap"));
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn drawn_by_the_program(record: &str, args: &[&str]) -> String {
    let record = here(record);
    let args = [&["--replay", record.to_str().unwrap(), "--svg"], args].concat();
    let output = run(&args);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn options() -> Options {
    let id = "x".to_string();
    Options { id, title: None, limit: 64, frames: true, quiet: false }
}

fn drawn(events: &[What]) -> String {
    let text = fs::read(here(EVENTS)).unwrap();
    let session: Session = Record::open(&text[..]).unwrap().session;
    let mut drawing = Drawing::new(options(), &session);
    for (at, what) in (0..).zip(events) {
        drawing.take(&Event { at, connection: 1, what: what.clone() });
    }
    drawing.svg()
}

fn arrived(offset: u64, bytes: &[u8]) -> What {
    let (size, bytes) = (bytes.len(), bytes.to_vec());
    let piece = Piece { direction: THERE, offset, size, bytes };
    What::Arrived { piece, onward: Onward::AsTheyCame }
}

fn is_as_before(name: &str, now: &str) {
    let file = here("tests/drawn").join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&file, now).unwrap();
    }
    let before = fs::read_to_string(&file).unwrap_or_default();
    for (number, (now, before)) in (1..).zip(now.lines().zip(before.lines())) {
        assert_eq!(now, before, "{name}:{number}: BLESS=1 if that is right");
    }
    assert_eq!(now.len(), before.len(), "{name}: BLESS=1 if that is right");
}

#[test]
fn the_same_record_gives_the_same_drawing() {
    is_as_before("events.svg", &drawn_by_the_program(EVENTS, &["--frames"]));
    is_as_before("glue.svg", &drawn_by_the_program(GLUE, &[]));
}

#[test]
fn a_drawing_is_well_formed_whole_and_in_each_language() {
    for (record, frames) in
        [(EVENTS, "--frames"), (EVENTS, "--quiet"), (GLUE, "--frames")]
    {
        let svg = drawn_by_the_program(record, &[frames]);
        // A blank line would end it where it stands in Markdown.
        assert!(
            svg.lines()
                .all(|line| line.starts_with('<') || line.starts_with(['#', '@']))
        );
        for left_out in ["", "lang=\"en\"", "lang=\"zh\""] {
            let kept = svg
                .lines()
                .filter(|line| left_out.is_empty() || !line.contains(left_out));
            let kept: Vec<_> = kept.collect();
            let kept = kept.join("\n");
            let document = Document::parse(&kept).unwrap();
            let root = document.root_element();
            let titles = root.children().filter(|child| child.has_tag_name("title"));
            let languages = if left_out.is_empty() { 2 } else { 1 };
            assert_eq!(titles.count(), languages);
            assert!(root.children().any(|child| child.has_tag_name("desc")));
        }
    }
}

#[test]
fn events_stand_below_each_other_in_their_order_and_are_all_said() {
    let svg = drawn_by_the_program(GLUE, &[]);
    let document = Document::parse(&svg).unwrap();
    let classed = |class: &'static str| {
        let nodes = document.descendants();
        nodes.filter(move |node| node.attribute("class") == Some(class))
    };
    let numbers: Vec<_> = classed("t num").filter_map(|node| node.text()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4"]);
    let heights: Vec<i32> = classed("t num")
        .map(|n| n.attribute("y").unwrap().parse().unwrap())
        .collect();
    assert!(heights.is_sorted(), "{heights:?}");
    let texts: Vec<_> = classed("t mono").filter_map(|node| node.text()).collect();
    assert_eq!(texts, ["hello", "feng", "hellofeng"]);
    let desc = document.descendants().find(|node| node.has_tag_name("desc"));
    assert!(desc.and_then(|node| node.text()).unwrap().ends_with(
        "4. A piece from the client (9 bytes, offset 0: hellofeng) is sent on to the \
         server (glue)."
    ));
}

#[test]
fn a_long_record_is_cut_and_says_so() {
    let many: Vec<_> =
        (0..MAX_EVENTS + 7).map(|offset| arrived(offset, b"\0")).collect();
    let svg = drawn(&many);
    assert!(svg.contains(">and 7 events more, not drawn<"));
    assert!(svg.contains(">还有 7 个事件，没有画出来<"));
    assert!(svg.contains("100. A piece") && !svg.contains("101. A piece"));
    assert!(!drawn(&many[..100]).contains("more, not drawn"));
}

#[test]
fn long_texts_and_many_parts_are_cut() {
    let long = "very long ".repeat(10_000);
    let connect = What::Connect { client: long.clone(), server: "<&\"\0\n>".into() };
    let failed = What::NoServer {
        client: long.clone(),
        server: long.clone(),
        error: long.clone(),
    };
    for what in [connect, arrived(0, &[0; 65536]), arrived(0, long.as_bytes())] {
        let svg = drawn(&[what]);
        assert!(svg.len() < 8_000, "{}", svg.len());
        Document::parse(&svg).unwrap();
    }
    let svg = drawn(&[failed]);
    let too_long = |line: &str| line.len() > 300 && !line.contains("<desc");
    assert!(!svg.lines().any(too_long), "{svg}");
}

#[test]
fn a_long_wait_is_drawn_and_said_and_a_short_one_is_not() {
    let text = fs::read(here(EVENTS)).unwrap();
    let session: Session = Record::open(&text[..]).unwrap().session;
    let waits = |time: u64| {
        let mut drawing = Drawing::new(options(), &session);
        for (at, offset) in [(7, 0), (7 + time, 5)] {
            let what = arrived(offset, b"hello");
            drawing.take(&Event { at, connection: 1, what });
        }
        let svg = drawing.svg();
        (svg.contains(">1.2 s</text>"), svg.contains("2. After 1.2 s: A piece"))
    };
    assert_eq!(waits(1_200_000), (true, true));
    assert_eq!(waits(99_999), (false, false));
}

#[test]
fn what_cannot_be_drawn_is_refused_or_drawn_up_to_there() {
    let alone = run(&["--svg", "--to", "127.0.0.1:7002"]);
    let said = String::from_utf8(alone.stderr).unwrap();
    assert!(said.contains("expected --replay FILE, too"), "{said}");
    assert_eq!(alone.status.code(), Some(2));

    let path = env::temp_dir().join(format!("wiretap-svg-{}", std::process::id()));
    let text = fs::read_to_string(here(GLUE)).unwrap();
    let replay = |text: &str| {
        fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let output = run(&["--replay", path.to_str().unwrap(), "--svg"]);
        fs::remove_file(&path).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), said)
    };
    let (status, svg, said) = replay(&text[..text.len() - 10]);
    assert!(said.contains("line 5 is cut") && status == Some(0), "{said}");
    assert!(Document::parse(&svg).is_ok() && svg.contains(">feng<"));

    let unknown = text.replacen("\"arrived\"", "\"teleported\"", 1);
    let (status, svg, said) = replay(&unknown);
    assert!(said.contains("line 3: unknown variant `teleported`"), "{said}");
    assert_eq!((status, &*svg), (Some(1), ""));
}
