//! A scene that is wrong must fail, for each way of being wrong, with a message that
//! helps. The programs are small shell scripts that behave badly on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::ops::ControlFlow;
use std::time::Duration;

use scene::parse::parse;
use scene::play::{PATIENCE, play_within};

/// Where the system does not tell of rest, that alone takes 400 ms.
const SHORT: Duration =
    Duration::from_millis(if cfg!(target_os = "linux") { 300 } else { 3000 });

fn played(steps: &str, patience: Duration) -> Result<(), String> {
    let text = format!("title.en A test\ntitle.zh 测试\n{steps}");
    let scene = parse(&text).unwrap_or_else(|mistake| panic!("{mistake}\n{text}"));
    play_within(&scene, patience, &mut |_| ControlFlow::Continue(()))
        .map_err(|failure| failure.to_string())
}

#[track_caller]
fn plays(steps: &str) {
    played(steps, PATIENCE).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Plays with much patience: the failure must come from what happened, not from time.
#[track_caller]
fn fails(steps: &str, message: &str) -> String {
    let failure = played(steps, PATIENCE).expect_err("the scene is wrong");
    assert!(failure.contains(message), "expected {message:?} in:\n{failure}");
    failure
}

#[track_caller]
fn fails_in_time(steps: &str, message: &str) {
    let failure = played(steps, SHORT).expect_err("the scene is wrong");
    assert!(failure.contains(message), "expected {message:?} in:\n{failure}");
}

#[test]
fn a_right_scene_plays() {
    plays(
        "a$ sh -c 'echo one; read x; echo \"got $x\"; echo oops >&2; exit 3'\n\
         a| one\na> hi\na| got hi\na! oops\na: exit 3\n",
    );
}

#[test]
fn a_line_that_is_missing_because_the_program_ended() {
    let failure = fails(
        "a$ sh -c 'echo one; exit 4'\na| one\na| two\n",
        "5: a did not print a line: it ended with exit status 4\n  expected on stdout: two",
    );
    assert!(failure.contains("What happened until then:\n  a$ sh -c"), "{failure}");
    assert!(failure.contains("\n  a| one\n"), "{failure}");
}

#[test]
fn a_line_that_is_missing_because_the_program_waits() {
    let steps = "a$ sh -c 'echo one; read x'\na| one\na| two\n";
    fails_in_time(steps, "5: a did not print a line: it printed nothing there for");
}

#[test]
fn another_line_has_a_caret_under_the_first_character_that_differs() {
    let failure =
        fails("a$ echo 你好 world\na| 你好 World\n", "4: a printed another line");
    let lines: Vec<&str> = failure.lines().collect();
    assert_eq!(lines[1], "  expected on stdout: 你好 World");
    assert_eq!(lines[2], "  printed  on stdout: 你好 world");
    // Two wide characters and a blank: five columns behind the beginning.
    let caret = "  printed  on stdout: ".len() + 5;
    assert_eq!(lines[3], format!("{:caret$}^ differs from here", ""));
}

#[test]
fn a_line_too_many_at_the_end() {
    let message = "a printed a line that the scene does not have here\n  printed  on stdout: two";
    fails("a$ sh -c 'echo one; echo two'\na| one\na: exit 0\n", message);
    fails("a$ sh -c 'echo one; echo two; read x'\na| one\n", message);
}

#[test]
fn lines_in_the_wrong_order() {
    fails(
        "a$ sh -c 'echo one; echo two'\na| two\na| one\n",
        "4: a printed another line",
    );
}

#[test]
fn a_line_on_the_other_stream() {
    let steps = "a$ sh -c 'echo one >&2'\na| one\n";
    fails(steps, "a did not print a line");
    let failure = fails("a$ sh -c 'echo one'\na! one\n", "expected on stderr: one");
    assert!(failure.contains("  printed  on stdout: one\n"), "{failure}");
}

#[test]
fn the_order_between_two_streams_of_one_program_is_free() {
    plays("a$ sh -c 'echo out; echo err >&2'\na! err\na| out\na: exit 0\n");
    plays("a$ sh -c 'echo out; echo err >&2'\na| out\na! err\na: exit 0\n");
}

#[test]
fn a_line_that_comes_too_early() {
    // The scene says that "late" answers the typed line; it does not.
    fails(
        "a$ sh -c 'echo early; echo late; read x'\na| early\na> go\na| late\n",
        "5: a printed a line that the scene does not have here\n  printed  on stdout: late",
    );
}

#[test]
fn a_line_that_comes_early_in_another_terminal() {
    let steps = "a$ sh -c 'echo early; read x'\nb$ sh -c 'read x'\na| early\n";
    fails(steps, "4: a printed a line that the scene does not have here");
}

#[test]
fn a_line_that_comes_too_late() {
    let steps = "a$ sh -c 'read x; echo late'\na| late\na> go\n";
    fails_in_time(steps, "4: a did not print a line: it printed nothing there");
}

#[test]
fn a_wrong_exit_status() {
    fails(
        "a$ sh -c 'exit 3'\na: exit 0\n",
        "4: a ended with exit status 3, expected 0",
    );
}

#[test]
fn an_exit_by_a_signal_is_128_and_the_signal() {
    plays("a$ sh -c 'kill -s TERM $$'\na: exit 143\n");
    plays("a$ sleep 1000\na: ctrl-c\na: exit 130\n");
}

#[test]
fn an_end_that_the_scene_does_not_tell_of() {
    let message = "a has ended, and the scene does not say so, expected `a: exit 3`";
    fails("a$ sh -c 'exit 3'\nb$ sh -c 'read x'\n", message);
    fails("a$ sh -c 'exit 3'\n", message);
}

#[test]
fn a_program_that_never_ends() {
    fails_in_time("a$ sleep 1000\na: exit 0\n", "4: a did not end within");
}

#[test]
fn a_program_that_leaves_something_running_behind_it() {
    let steps = "a$ sh -c 'sleep 1000 & exit 0'\na: exit 0\n";
    fails_in_time(steps, "4: a ended, but something it started goes on");
}

#[test]
fn a_program_that_never_rests() {
    let steps = "a$ sh -c 'while :; do :; done'\nb$ sh -c 'read x'\n";
    fails_in_time(steps, "4: the programs are still busy after");
}

#[test]
fn a_program_that_prints_without_end() {
    fails("a$ yes\na: exit 0\n", "a program prints without end");
    fails("a$ cat /dev/zero\na| x\n", "a printed another line");
    fails("a$ cat /dev/zero\na: exit 0\n", "a program prints without end");
}

#[test]
fn a_program_that_cannot_start() {
    let failure =
        fails("a$ no-such-program x\n", "a: cannot start \"no-such-program\"");
    assert!(failure.contains("no such program in PATH"), "{failure}");
}

#[test]
fn a_name_that_is_not_the_same_text_twice() {
    let steps = "a$ sh -c 'echo port 1; echo port 2'\na| port {p}\na| port {p}\n";
    let failure =
        fails(steps, "5: a printed another line\n  expected on stdout: port 1");
    assert!(failure.contains("printed  on stdout: port 2"), "{failure}");
}

#[test]
fn a_program_that_is_not_silent() {
    let steps = "a$ sh -c 'echo hm; read x'\na: silent\n";
    fails(steps, "4: a printed a line that the scene does not have here");
    fails(
        "a$ sh -c 'exit 7'\na: silent\n",
        "a is not waiting: it ended with exit status 7",
    );
}

#[test]
#[cfg(target_os = "linux")] // elsewhere it is a matter of time after all
fn silence_is_no_matter_of_time_but_of_rest() {
    // It works for a while before it prints: a short pause would have missed it.
    let work =
        "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read x";
    fails(&format!("a$ sh -c '{work}'\na: silent\n"), "printed  on stdout: done");
}

#[test]
fn typing_into_a_program_that_has_ended() {
    let steps = "a$ sh -c 'exec <&-; echo closed; sleep 1000'\na| closed\na> hi\n";
    fails(steps, "5: a cannot type: Broken pipe");
}

#[test]
fn each_name_in_a_command_is_a_port_of_its_own() {
    plays("a$ sh -c 'test {one} != {two} && test {one} -gt 1023'\na: exit 0\n");
}

#[test]
fn a_mistake_in_the_text_has_line_column_and_what_was_expected() {
    let mistake = |steps: &str| {
        let text = format!("title.en A\ntitle.zh B\n{steps}");
        parse(&text).map(drop).unwrap_err().to_string()
    };
    let cases = [
        (
            "a$ x\nAnn$ y\n",
            "4:1: expected a terminal's name (a-z, 0-9, -) and one of $ > | ! :",
        ),
        (
            "ann hello\n",
            "3:5: expected one of $ > | ! : after the terminal's name \"ann\"",
        ),
        ("a$\n", "3:3: expected a command"),
        ("a$x\n", "3:3: expected one blank after $"),
        ("a| x\n", "3:1: no program runs in a, expected `a$ COMMAND` first"),
        (
            "a$ x\na$ y\n",
            "4:1: a's program has not ended, expected `a: exit N` or `a: kill`",
        ),
        ("a$ x\na: exit 0\na> y\n", "5:1: no program runs in a"),
        (
            "a$ x\na: stop\n",
            "4:4: \"stop\" is no action, expected silent, eof, ctrl-c, kill",
        ),
        ("a$ x\na: exit one\n", "4:4: \"exit one\" is no action"),
        ("a$ x\na   | 你{p\n", "4:8: expected {name}, {_} or { }"),
        ("a$ x\na| {Port}\n", "4:4: expected a name of a-z, 0-9 and _ in { }"),
        (".en only\na$ x\n", "4:1: expected the .zh of line 3"),
        (".zh 先\n", "3:1: expected the .en first"),
        ("a$ x\n.en only\n", "4:1: expected a .zh after it"),
        ("needs\na$ x\n", "3:7: nothing after needs, expected its value"),
        ("show port\na$ x\n", "3:6: expected `show NAME VALUE`"),
        ("needs linx\na$ x\n", "3:7: \"linx\" is no need, expected linux, unix,"),
        ("within soon\na$ x\n", "3:8: \"soon\" is no number, expected seconds"),
        ("title.en C\na$ x\n", "3:1: a second title.en, expected one"),
        ("a$ sh -c 'x\n", "3:4: a quote in the command is not closed"),
        ("a$ x {_}\n", "3:4: a command cannot have {_} or { } in it"),
        ("", "3:1: the scene ends before anything happens"),
    ];
    for (steps, expected) in cases {
        let found = mistake(steps);
        assert!(
            found.starts_with(expected),
            "{steps:?}: {found}, expected {expected}"
        );
    }
    let found = parse("title.en A\na$ x\n").map(drop).unwrap_err().to_string();
    assert!(found.starts_with("1:1: no title"), "{found}");
}

#[test]
fn the_programs_of_a_play_share_an_empty_folder_that_goes_with_it() {
    plays(
        "a$ sh -c 'ls; echo hi > a.txt; pwd'\na| {folder}\na: exit 0\nb$ cat a.txt\nb| hi\nb: exit 0\n",
    );
    plays("a$ ls -A\na: exit 0\n");
}
