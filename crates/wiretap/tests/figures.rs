//! The records that the books draw (`docs/figures/*.jsonl`) are what the scenes of the
//! same names give today: each is played again, with `--record`.
//!
//! ```sh
//! BLESS=1 cargo test -p wiretap --test figures    # writes the records anew
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use scene::parse::{Scene, parse};
use scene::play::Moment;
use scene::{find, stage};
use wiretap::event::{Event, What};
use wiretap::record::{Record, write_line};

macro_rules! figures {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                is_what_its_scene_gives(stringify!($name));
            }
        )*

        #[test]
        fn every_record_is_checked() {
            let names = [$(stringify!($name)),*];
            for entry in fs::read_dir(figures()).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "jsonl") {
                    let name = path.file_stem().unwrap().to_str().unwrap();
                    assert!(names.contains(&name), "add {name} to figures!");
                }
            }
        }
    };
}

figures! { glue, frames, reset }

fn figures() -> PathBuf {
    find::root().join("docs/figures")
}

fn is_what_its_scene_gives(name: &str) {
    let file =
        find::root().join("crates/wiretap/scenes").join(format!("{name}.scene"));
    let record =
        env::temp_dir().join(format!("{name}-{}.jsonl", std::process::id()));
    let scene = recorded(&fs::read_to_string(file).unwrap(), &record);
    if let Some(need) = stage::unmet(&scene) {
        println!("{name} is skipped here: it needs {need}");
        return;
    }
    stage::build(&[&scene], Some("wiretap")).unwrap();
    let last = scene.steps.last().unwrap().line;
    let mut bytes = Vec::new();
    let played = scene::play::play(&scene, &mut |moment| {
        // Behind the last step the programs are ended, and that is no part of the play.
        if matches!(moment, Moment::After(step, _) if step.line == last) {
            bytes = fs::read(&record).unwrap_or_default();
        }
        ControlFlow::Continue(())
    });
    let _ = fs::remove_file(&record);
    played.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    compare(name, &normal(&bytes, &scene));
}

/// The scene, its tap told to record, and at the end all at rest.
fn recorded(text: &str, record: &Path) -> Scene {
    let option = format!("$ wiretap --record {} ", record.display());
    let text = text.replacen("$ wiretap ", &option, 1);
    parse(&format!("{text}\ntap: silent\n")).unwrap()
}

/// The record without what varies: no times, and the ports that the books print.
fn normal(record: &[u8], scene: &Scene) -> String {
    let shown = |name: &str| format!("127.0.0.1:{}", scene.shown[name]);
    let mut record = Record::open(record).unwrap();
    (record.session.listen, record.session.to) = (shown("tap"), shown("port"));
    let mut lines = Vec::new();
    write_line(&mut lines, &record.session).unwrap();
    for event in &mut record {
        let Event { connection, mut what, .. } = event.unwrap();
        if let What::Connect { client, server } = &mut what {
            let name =
                if scene.shown.contains_key("ann") { "ann" } else { "client" };
            (*client, *server) = (shown(name), shown("port"));
            assert_eq!(connection, 1, "which client is the second?");
        }
        write_line(&mut lines, &Event { at: 0, connection, what }).unwrap();
    }
    String::from_utf8(lines).unwrap()
}

fn compare(name: &str, now: &str) {
    let file = figures().join(format!("{name}.jsonl"));
    if env::var_os("BLESS").is_some() {
        fs::write(&file, now).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let file = file.display();
    assert_eq!(
        now, kept,
        "\n{file} is not what the scene {name} gives; if that is right: \
         BLESS=1 cargo test -p wiretap --test figures"
    );
}
