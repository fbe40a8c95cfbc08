//! Scenes: small plays of several terminals. One file is at once the transcript in both
//! books, a test, and a demonstration that a teacher plays on the projector.
//!
//! ```text
//! title.en One client, one answer
//! title.zh 一个客户端，一个回答
//!
//! server$ echo-server 127.0.0.1:{port}
//! server| listening on 127.0.0.1:{port}
//! .en The client comes.
//! .zh 客户端来了。
//! ann$ echo-client 127.0.0.1:{port} hello
//! ann| sent 5 bytes: "hello"
//! ```
//!
//! | line | meaning |
//! | --- | --- |
//! | `title.en TEXT`, `title.zh TEXT` | the heading; these lines come first |
//! | `needs linux`, `unix`, `unprivileged` | otherwise the scene is skipped |
//! | `needs program NAME` | the same, unless NAME is found in `PATH` |
//! | `within SECONDS` | the player may not pause for longer (TIME_WAIT ends by itself) |
//! | `show NAME VALUE` | what the books print for `{NAME}` |
//! | `.en TEXT` and then `.zh TEXT` | a stage direction |
//! | `ann$ COMMAND` | starts a program in the terminal `ann` |
//! | `ann> TEXT` | types a line |
//! | `ann\| TEXT`, `ann! TEXT` | prints a line on stdout, on stderr |
//! | `ann: silent` | waits and prints nothing |
//! | `ann: eof`, `ctrl-c`, `kill` | Ctrl-D, Ctrl-C, `kill -9` |
//! | `ann: exit N` | has ended with status N (128 + N: by signal N) |
//! | `# TEXT` | a comment |
//!
//! `{name}` in a printed line takes what stands there, and is the same text from then
//! on; in a command a name that is new is a free port. `{_}` is any text, `{ }` blanks,
//! `{{` the sign itself. Blanks may stand in front of the sign, to align; those at the end
//! of a printed line do not count.
//!
//! The programs of a play run in a folder of its own, empty at first.
//!
//! What is asserted: every line that a program prints, in the order of its stream, and
//! every end. Before a cause (`$`, `>`, `eof`, `ctrl-c`, `kill`) all programs must have
//! come to rest, and all that they have printed must stand above it.

mod bless;
pub mod failure;
pub mod find;
mod listen;
pub mod parse;
pub mod pattern;
pub mod play;
mod process;
pub mod python;
mod rest;
mod running;
pub mod stage;
mod temp;

use std::fs;
use std::ops::ControlFlow;

pub use bless::bless;
use find::Lesson;
use parse::Scene;
pub use running::{Running, uninterrupted, wait_until};
pub use temp::{SmallDisk, Temp};

/// Reads a scene of a lesson.
///
/// # Errors
///
/// A text for a person: the file cannot be read, or the first mistake in it, in front
/// of which stands `file:line:column`.
pub fn load(lesson: &Lesson, name: &str) -> Result<Scene, String> {
    let file = lesson.scene_file(name);
    let text = fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    parse::parse(&text).map_err(|mistake| format!("{}:{mistake}", file.display()))
}

/// Plays a scene of a package and panics where it goes wrong: the body of the tests
/// that [`tests!`] makes.
///
/// # Panics
///
/// The scene has a mistake, or is not played as it is written.
#[track_caller]
pub fn assert_plays(package: &str, name: &str) {
    let lesson = lesson(package);
    let scene = load(&lesson, name).unwrap_or_else(|text| panic!("{text}"));
    if let Some(need) = stage::unmet(&scene) {
        println!("{name} is skipped here: it needs {need}");
        return;
    }
    stage::build(&[&scene], Some(package)).unwrap_or_else(|error| panic!("{error}"));
    play::play(&scene, &mut |_| ControlFlow::Continue(())).unwrap_or_else(
        |failure| {
            panic!("{}:{failure}", lesson.scene_file(name).display());
        },
    );
}

/// Panics unless exactly the scenes in `names` stand in the folder of the package.
///
/// # Panics
///
/// One is missing on either side; the text says what to do.
#[track_caller]
pub fn assert_all_listed(package: &str, names: &[&str]) {
    let lesson = lesson(package);
    let folder = lesson.folder.display();
    let scenes = lesson.scenes();
    for scene in &scenes {
        let listed = names.contains(&scene.as_str());
        assert!(
            listed,
            "add `{scene},` to scene::tests! in {folder}/tests/scenes.rs"
        );
    }
    for name in names {
        let exists = scenes.iter().any(|scene| scene == name);
        assert!(exists, "there is no {folder}/scenes/{name}.scene");
    }
}

#[track_caller]
fn lesson(package: &str) -> Lesson {
    let mut lessons = find::lessons(&find::root()).into_iter();
    lessons.find(|lesson| lesson.package == package).unwrap_or_else(|| {
        panic!("{package} has no folder crates/*{package}/scenes")
    })
}

/// A test for each scene of a package, with its name: the whole of `tests/scenes.rs`.
///
/// ```text
/// scene::tests! { good_run, connection_refused }
/// ```
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                $crate::assert_plays(env!("CARGO_PKG_NAME"), stringify!($name));
            }
        )*

        #[test]
        fn every_scene_file_is_listed() {
            $crate::assert_all_listed(
                env!("CARGO_PKG_NAME"),
                &[$(stringify!($name)),*],
            );
        }
    };
}
