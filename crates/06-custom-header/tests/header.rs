//! What must hold of the header: what is wrong with one is told apart, in words that
//! help the author of the other program.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::io::ErrorKind;

use custom_header::{
    Header, MAX_COMMAND, parse_object, read_frame, read_header, write_frame,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The header of the protocol's page.
const GOOD: &str =
    r#"{"total_size": 42, "stdout_size": 30, "exit_code": 0, "truncated": false}"#;

fn good() -> Header {
    Header {
        total_size: 42,
        stdout_size: 30,
        exit_code: Some(0),
        truncated: false,
        error: None,
    }
}

/// The header of the protocol's page with one member replaced.
fn with(name: &str, value: Value) -> String {
    let mut object: Value = serde_json::from_str(GOOD).unwrap();
    object[name] = value;
    object.to_string()
}

fn without(name: &str) -> String {
    let mut object = parse_object(GOOD.as_bytes()).unwrap();
    object.remove(name).unwrap();
    Value::Object(object).to_string()
}

/// What is said of bytes that are no header.
#[track_caller]
fn refused(json: impl AsRef<[u8]>) -> String {
    let error = Header::from_json(json.as_ref()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    error.to_string()
}

#[test]
fn the_header_of_the_protocol_is_read_and_written() {
    assert_eq!(Header::from_json(GOOD.as_bytes()).unwrap(), good());
    let written: Value = serde_json::from_slice(&good().to_json()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(GOOD).unwrap());
}

#[test]
fn members_that_are_not_known_are_ignored_in_any_order() {
    let json = r#"{"truncated": false, "warnings": ["x", {"y": null}], "exit_code": 0,
        "stdout_size": 30, "total_size": 42, "": 1}"#;
    assert_eq!(Header::from_json(json.as_bytes()).unwrap(), good());
}

#[test]
fn what_is_not_json_says_so_and_where() {
    for (json, text) in [
        ("", "not JSON: EOF while parsing a value at line 1 column 0"),
        ("oops", "not JSON: expected value at line 1 column 1"),
        ("{'total_size': 1}", "not JSON: key must be a string at line 1 column 2"),
        ("{} {}", "not JSON: trailing characters at line 1 column 4"),
        (r#"{"a": 1,}"#, "not JSON: trailing comma at line 1 column 9"),
        (r#"{"a": 01}"#, "not JSON: invalid number at line 1 column 8"),
        (r#"{"a": 1e999}"#, "not JSON: number out of range at line 1 column 11"),
        (
            r#"{"a": "\ud800"}"#,
            "not JSON: unexpected end of hex escape at line 1 column 14",
        ),
    ] {
        assert_eq!(refused(json), text);
    }
    assert!(refused(b"{\"\xff\": 1}").starts_with("not JSON: "));
}

#[test]
fn every_cut_of_a_header_is_not_json() {
    for cut in 0..GOOD.len() {
        let text = refused(&GOOD[..cut]);
        assert!(text.starts_with("not JSON: EOF while parsing"), "{cut}: {text}");
    }
}

#[test]
fn json_that_is_no_object_says_what_it_is() {
    for (json, kind) in [
        ("null", "null"),
        ("true", "true"),
        ("7", "the number 7"),
        ("\"{}\"", "a string"),
        ("[]", "an array"),
    ] {
        assert_eq!(refused(json), format!("expected a JSON object, got {kind}"));
    }
}

#[test]
fn deep_nesting_is_refused_before_it_fills_the_stack() {
    for open in ["[", r#"{"a":"#] {
        let text = refused(open.repeat(MAX_COMMAND / open.len()));
        assert!(text.starts_with("not JSON: recursion limit exceeded"), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let json = with("extra", serde_json::from_str(&deep).unwrap());
    assert_eq!(Header::from_json(json.as_bytes()).unwrap(), good());
}

#[test]
fn a_missing_member_is_named_with_what_is_expected() {
    for (name, expected) in [
        ("total_size", "an integer from 0"),
        ("stdout_size", "an integer from 0"),
        ("exit_code", "an integer or null"),
        ("truncated", "true or false"),
    ] {
        let text = format!("member {name:?} is missing, expected {expected}");
        assert_eq!(refused(without(name)), text);
    }
}

#[test]
fn a_member_of_the_wrong_type_is_named_with_what_it_is_and_what_is_expected() {
    let size = "an integer from 0";
    for (name, value, kind, expected) in [
        ("total_size", json!("42"), "a string", size),
        ("total_size", json!(-1), "the number -1", size),
        ("total_size", json!(42.0), "the number 42.0", size),
        ("stdout_size", json!(0.5), "the number 0.5", size),
        ("stdout_size", Value::Null, "null", size),
        ("exit_code", json!(false), "false", "an integer or null"),
        ("exit_code", json!([0]), "an array", "an integer or null"),
        ("exit_code", json!(1.0), "the number 1.0", "an integer or null"),
        ("truncated", json!(0), "the number 0", "true or false"),
        ("truncated", json!({}), "an object", "true or false"),
        ("error", json!(5), "the number 5", "a string"),
        ("error", Value::Null, "null", "a string"),
    ] {
        let text = format!("member {name:?} is {kind}, expected {expected}");
        assert_eq!(refused(with(name, value)), text);
    }
}

#[test]
fn a_wrong_member_however_long_is_refused_in_a_short_text() {
    let long = "x".repeat(MAX_COMMAND);
    assert!(refused(with("total_size", json!(long))).len() < 100);
    assert!(refused(json!([long]).to_string()).len() < 100);
    assert!(refused(format!("{{\"total_size\": {}}}", "9".repeat(300))).len() < 100);
}

#[test]
fn numbers_are_taken_up_to_their_limits_and_no_further() {
    let max = u64::MAX;
    let header =
        Header::from_json(with("total_size", json!(max)).as_bytes()).unwrap();
    assert_eq!(header.total_size, max);
    let beyond = GOOD.replace("42", "18446744073709551616");
    let text = "member \"total_size\" is the number 1.8";
    assert!(refused(beyond).starts_with(text));

    for code in [i32::MIN, -1, 0, 255, i32::MAX] {
        let json = with("exit_code", json!(code));
        let header = Header::from_json(json.as_bytes()).unwrap();
        assert_eq!(header.exit_code, Some(code));
    }
    for code in [i64::from(i32::MIN) - 1, i64::from(i32::MAX) + 1, i64::MAX] {
        let text = format!(
            "member \"exit_code\" is the number {code}, expected an integer or null"
        );
        assert_eq!(refused(with("exit_code", json!(code))), text);
    }
}

#[test]
fn an_exit_code_of_null_is_none() {
    let json = with("exit_code", Value::Null);
    let header = Header::from_json(json.as_bytes()).unwrap();
    assert_eq!(header, Header { exit_code: None, ..good() });
    assert!(
        String::from_utf8(header.to_json()).unwrap().contains("\"exit_code\":null")
    );
}

#[test]
fn of_a_member_that_comes_twice_the_last_counts() {
    let json =
        GOOD.replace("\"stdout_size\"", "\"stdout_size\": -5, \"stdout_size\"");
    assert_eq!(Header::from_json(json.as_bytes()).unwrap(), good());
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    assert_eq!(
        refused(with("stdout_size", json!(43))),
        "stdout_size is 43, expected at most total_size, which is 42"
    );
    assert_eq!(
        refused(with("error", json!("no"))),
        "a refusal has no output, expected total_size 0"
    );
}

#[test]
fn a_refusal_is_a_header_without_output_and_with_a_reason() {
    let header = Header::refusal("the command is empty");
    let written: Value = serde_json::from_slice(&header.to_json()).unwrap();
    let expected = json!({
        "total_size": 0, "stdout_size": 0, "exit_code": null, "truncated": false,
        "error": "the command is empty",
    });
    assert_eq!(written, expected);
    assert_eq!(Header::from_json(&header.to_json()).unwrap(), header);
}

#[test]
fn too_long_is_told_apart_from_cut_and_from_not_a_header() {
    let read = |bytes: &[u8]| {
        let error = read_header(&mut &*bytes).unwrap_err();
        (error.kind(), error.to_string())
    };
    let mut good = Vec::new();
    write_frame(&mut good, GOOD.as_bytes()).unwrap();
    let mut wrong = Vec::new();
    write_frame(&mut wrong, b"[]").unwrap();
    let mut long = Vec::new();
    write_frame(&mut long, &[b' '; MAX_COMMAND + 1]).unwrap();
    let cases: [(&[u8], _, _); 5] = [
        (
            &long,
            ErrorKind::InvalidData,
            "frame too long: 65537 bytes, the limit is 65536",
        ),
        (
            &good[..3],
            ErrorKind::UnexpectedEof,
            "frame cut: end of file after 3 of 4 bytes",
        ),
        (
            &good[..50],
            ErrorKind::UnexpectedEof,
            "frame cut: end of file after 46 of ",
        ),
        (&wrong, ErrorKind::InvalidData, "expected a JSON object, got an array"),
        (b"", ErrorKind::UnexpectedEof, ""),
    ];
    for (bytes, kind, text) in cases {
        let (got, said) = read(bytes);
        assert_eq!(got, kind);
        let text = format!("cannot read the header: {text}");
        assert!(said.starts_with(&text) || bytes.is_empty(), "{said}");
    }
    assert_eq!(read(b"").1, "the server closed the connection before its answer");
}

fn headers() -> impl Strategy<Value = Header> {
    let sizes = any::<u64>().prop_flat_map(|total| (Just(total), 0..=total));
    (sizes, any::<Option<i32>>(), any::<bool>(), any::<Option<String>>()).prop_map(
        |((total_size, stdout_size), exit_code, truncated, error)| match error {
            // A refusal has no output.
            Some(error) => Header { exit_code, truncated, ..Header::refusal(error) },
            None => Header { total_size, stdout_size, exit_code, truncated, error },
        },
    )
}

/// Values of any kind.
fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,10}".prop_map(Value::from),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read(header in headers()) {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &header.to_json()).unwrap();
        let payload = read_frame(&mut &bytes[..], MAX_COMMAND).unwrap().unwrap();
        prop_assert_eq!(Header::from_json(&payload).unwrap(), header);
    }

    #[test]
    fn no_value_of_a_member_makes_a_reader_panic(
        name in prop::sample::select(vec![
            "total_size", "stdout_size", "exit_code", "truncated", "error", "other",
        ]),
        value in values(),
    ) {
        if let Ok(header) = Header::from_json(with(name, value).as_bytes()) {
            prop_assert!(header.stdout_size <= header.total_size);
        }
    }
}

#[test]
fn no_byte_at_any_place_of_a_header_makes_a_reader_panic() {
    let mut json = GOOD.as_bytes().to_vec();
    for at in 0..json.len() {
        let good = json[at];
        for byte in 0..=255 {
            json[at] = byte;
            if let Ok(header) = Header::from_json(&json) {
                assert!(header.stdout_size <= header.total_size);
            }
        }
        json[at] = good;
    }
}
