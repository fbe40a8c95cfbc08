//! The cryptography, without sockets: the published test vectors, and that nothing
//! but the right answer is taken.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

use std::collections::HashSet;

use hmac_auth::{new_challenge, tag, verify};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_vectors_of_rfc_4231_hold() {
    let counting: Vec<u8> = (0x01..=0x19).collect();
    let vectors: [(&[u8], &[u8], &str); 7] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            &counting,
            &[0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        // The RFC has only the first 16 bytes of this one.
        (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than \
              block-size data. The key needs to be hashed before being used by the \
              HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (number, (key, message, expected)) in (1..).zip(vectors) {
        let tag = tag(key, message);
        assert!(hex(&tag).starts_with(expected), "test case {number}");
        assert!(verify(key, message, &tag), "test case {number}");
    }
}

#[test]
fn an_answer_with_any_single_bit_changed_is_refused() {
    let challenge = new_challenge().unwrap();
    let answer = tag(b"a key for this test", &challenge);
    for bit in 0..256 {
        let mut changed = answer;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!verify(b"a key for this test", &challenge, &changed), "bit {bit}");
    }
    assert!(verify(b"a key for this test", &challenge, &answer));
}

#[test]
fn an_answer_of_another_length_is_refused() {
    let challenge = new_challenge().unwrap();
    let key = b"a key for this test";
    let answer = tag(key, &challenge);
    for size in 0..32 {
        assert!(!verify(key, &challenge, &answer[..size]));
    }
    assert!(!verify(key, &challenge, &[&answer[..], &[0]].concat()));
}

#[test]
fn a_thousand_challenges_are_all_different() {
    let challenges: HashSet<_> =
        (0..1000).map(|_| new_challenge().unwrap()).collect();
    assert_eq!(challenges.len(), 1000);
}
