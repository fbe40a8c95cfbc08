//! What must hold of the files with keys.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use capstone::{Keys, is_user, new_key};

fn refused(text: &str) -> String {
    Keys::parse(text).err().unwrap().to_string()
}

#[test]
fn a_line_is_a_name_a_blank_and_the_key() {
    let text =
        "# who may come\n\nann open sesame, said Ali Baba\r\nbob 0123456789abcdef";
    let keys = Keys::parse(text).unwrap();
    assert_eq!(keys.find("ann"), (&b"open sesame, said Ali Baba"[..], true));
    assert_eq!(keys.find("bob"), (&b"0123456789abcdef"[..], true));
    assert!(!keys.find("# who").1);
}

#[test]
fn a_line_that_is_wrong_is_named_and_no_key_is_shown() {
    let key = "0123456789abcdef";
    let cases = [
        (format!("ann {key}\nann {key}"), "line 2: a second key for ann"),
        (format!("\nAnn {key}"), "line 2: no name before the first blank"),
        (format!("{key} ann"), "line 1: the key has 3 bytes"),
        (format!("ann  {}", &key[2..]), "line 1: the key has 15 bytes"),
        ("ann".to_string(), "line 1: no blank in it"),
        (format!(" {key}"), "line 1: no name before the first blank"),
        (String::new(), "nobody in it"),
    ];
    for (text, expected) in cases {
        let error = refused(&text);
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("23456789"), "{error}");
    }
}

#[test]
fn names_have_1_to_32_characters_of_a_few() {
    for name in ["a", "0", "ann-2_b", &"x".repeat(32)] {
        assert!(is_user(name), "{name}");
    }
    for name in ["", "Ann", "a b", "a\0", "ä", "a/b", "a\n", &"x".repeat(33)] {
        assert!(!is_user(name), "{name:?}");
    }
}

#[test]
fn new_keys_are_64_digits_and_differ() {
    let keys = [new_key().unwrap(), new_key().unwrap()];
    assert_ne!(keys[0], keys[1]);
    assert!(keys.iter().all(|key| key.len() == 64));
    let line = format!("ann {}", keys[0]);
    assert_eq!(Keys::parse(&line).unwrap().find("ann").0, keys[0].as_bytes());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let folder = scene::Temp::new();
    let file = folder.write("keys", "ann 0123456789abcdef\n");
    let read = |mode| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        Keys::read(&file).map(|_| ())
    };
    let results = [read(0o644), read(0o640), read(0o600), read(0o400)];
    assert!(Keys::read(&folder.join("none")).is_err());
    let [world, group, owner, only] = results;
    assert!(world.unwrap_err().to_string().contains("chmod 600"));
    assert!(group.is_err() && owner.is_ok() && only.is_ok());
}
