//! Whatever ends a play, no process that it started, and none that those started, is
//! left. Each holds a FIFO open for writing: the reader's end of file means that all
//! are gone.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use scene::parse::parse;
use scene::play::{Moment, play, play_within};
use scene::stage::interruptible;

/// Long enough for a slow machine; reached only if a process is left.
const LIMIT: Duration = Duration::from_secs(20);

/// Long enough for a shell to start, and for rest where the system does not tell of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A folder of this test's own with a FIFO in it.
struct Fifo(PathBuf);

impl Fifo {
    fn new(test: &str) -> Self {
        let name = format!("scene-test-{}-{test}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder); // left by a process of the same number
        fs::create_dir(&folder).unwrap();
        let made = Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap();
        assert!(made.success());
        Fifo(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("fifo")
    }

    /// A program that starts another, and neither ends by itself.
    fn scene(&self, more: &str) -> String {
        let fifo = self.path();
        format!(
            "title.en A\ntitle.zh B\na$ sh -c 'exec 9>{}; sleep 1000 & echo ready; wait'\n\
             a| ready\n{more}",
            fifo.display()
        )
    }

    /// Runs `play` and then waits until nobody has the FIFO open for writing.
    #[track_caller]
    fn all_are_gone_after(&self, play: impl FnOnce()) {
        let (done, gone) = mpsc::channel();
        let path = self.path();
        std::thread::spawn(move || {
            let read =
                File::open(path).and_then(|mut fifo| fifo.read_to_end(&mut vec![]));
            let _ = done.send(read.map(drop));
        });
        play();
        gone.recv_timeout(LIMIT).expect("a process is left").unwrap();
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_play_ends_well() {
    let fifo = Fifo::new("well");
    let scene = parse(&fifo.scene("")).unwrap();
    fifo.all_are_gone_after(|| {
        play(&scene, &mut |_| ControlFlow::Continue(())).unwrap()
    });
}

#[test]
fn the_play_fails() {
    let fifo = Fifo::new("fails");
    let scene = parse(&fifo.scene("a| something else\n")).unwrap();
    fifo.all_are_gone_after(|| {
        play_within(&scene, PATIENCE, &mut |_| ControlFlow::Continue(()))
            .unwrap_err();
    });
}

#[test]
fn the_audience_leaves() {
    let fifo = Fifo::new("leaves");
    let scene = parse(&fifo.scene("a: silent\n")).unwrap();
    fifo.all_are_gone_after(|| {
        let leave_after_a_line = &mut |moment: Moment| match moment {
            Moment::After(_, "ready") => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        play(&scene, leave_after_a_line).unwrap();
    });
}

#[test]
fn the_play_panics() {
    let fifo = Fifo::new("panics");
    let scene = parse(&fifo.scene("a: silent\n")).unwrap();
    fifo.all_are_gone_after(|| {
        let played = std::panic::catch_unwind(|| {
            let panic_after_a_line = &mut |moment: Moment| match moment {
                Moment::After(_, "ready") => panic!("on purpose"),
                _ => ControlFlow::Continue(()),
            };
            drop(play(&scene, panic_after_a_line));
        });
        assert!(played.is_err());
    });
}

#[test]
fn only_the_program_is_killed() {
    let fifo = Fifo::new("kill");
    // It ends, but what it started holds its output: the play fails, and cleans up.
    let scene = parse(&fifo.scene("a: kill\n")).unwrap();
    fifo.all_are_gone_after(|| {
        let failure =
            play_within(&scene, PATIENCE, &mut |_| ControlFlow::Continue(()));
        assert!(
            failure
                .unwrap_err()
                .to_string()
                .contains("something it started goes on")
        );
    });
}

/// Not a test by itself: the process that the next two end from outside.
#[test]
#[ignore = "started by the tests below"]
fn a_play_that_waits() {
    let Some(text) = std::env::var_os("SCENE") else {
        return;
    };
    let scene = parse(text.to_str().unwrap()).unwrap();
    let say_and_wait = &mut |moment: Moment| {
        if let Moment::After(_, "ready") = moment {
            println!("waiting");
            loop {
                std::thread::park();
            }
        }
        ControlFlow::Continue(())
    };
    play(&scene, say_and_wait).unwrap();
}

#[track_caller]
fn ended_from_outside_by(signal: &str) {
    let fifo = Fifo::new(signal);
    fifo.all_are_gone_after(|| {
        let mut player = interruptible(&std::env::current_exe().unwrap())
            .args(["--exact", "a_play_that_waits", "--ignored", "--nocapture"])
            .env("SCENE", fifo.scene(""))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(player.stdout.take().unwrap());
        assert!(stdout.lines().any(|line| line.unwrap().contains("waiting")));
        let kill = format!("kill -s {signal} {}", player.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        player.wait().unwrap();
    });
}

#[test]
fn the_player_is_killed() {
    ended_from_outside_by("KILL");
}

#[test]
fn the_player_is_interrupted() {
    ended_from_outside_by("INT");
}
