//! The solution of exercise 8.5.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

#[path = "../examples/ex_8_5.rs"]
#[allow(dead_code, reason = "its main is not ours")]
mod ex_8_5;

#[test]
fn who_remembers_the_last_answer_counts_each_payment_once() {
    // Each needs an answer, and every second one is lost. On a busy machine others may
    // come too late, and count as lost.
    let (total, sent) = ex_8_5::run(false).unwrap();
    assert!(total >= 200 && sent >= 20, "{total} with {sent} datagrams");
    let (total, sent) = ex_8_5::run(true).unwrap();
    assert!(total == 100 && sent >= 20, "{total} with {sent} datagrams");
}
