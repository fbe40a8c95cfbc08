//! A bless writes what really happens, and leaves alone what is right.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use scene::parse::parse;

const HEAD: &str = "title.en A test\ntitle.zh 测试\n";

fn blessed(steps: &str) -> String {
    let source = format!("{HEAD}{steps}");
    let scene = parse(&source).unwrap();
    scene::bless(&scene, &source).unwrap().strip_prefix(HEAD).unwrap().to_string()
}

const RIGHT: &str = "\
# a comment
.en First.
.zh 先。
a$ sh -c 'echo port {port}; echo {port} again; read x; echo bad >&2; exit 3'
a| port {other}
a| {port} again

.en Then.
.zh 然后。
a> go
a! bad
a: exit 3
";

#[test]
fn a_right_scene_stays_as_it_is_written() {
    assert_eq!(blessed(RIGHT), RIGHT);
}

#[test]
fn what_is_missing_is_added_with_the_names_in_it() {
    let bare: Vec<&str> = RIGHT
        .lines()
        .filter(|line| !line.starts_with(['a']) || line.contains("$ "))
        .collect();
    let steps = bare.join("\n").replace("a$", "\na$") + "\na> go\n";
    let added = "exit 3'\na| port {port}\na| {port} again\n";
    assert!(blessed(&steps).contains(added), "{}", blessed(&steps));
    assert!(blessed(&steps).ends_with("a> go\na! bad\na: exit 3\n"));
}

#[test]
fn what_is_wrong_is_replaced_and_what_is_too_much_is_removed() {
    let wrong = RIGHT
        .replace("a| port {other}", "a| sport {other}")
        .replace("a! bad", "a! bad\na! worse")
        .replace("exit 3\n", "exit 0\n");
    let right = RIGHT.replace("{other}", "{port}");
    assert_eq!(blessed(&wrong), right);
}

#[test]
fn a_brace_that_is_printed_is_written_twice() {
    let steps = "a$ echo '{{ok'\n";
    assert_eq!(blessed(steps), "a$ echo '{{ok'\na| {{ok\na: exit 0\n");
}
