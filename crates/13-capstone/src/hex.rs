//! 32 bytes as text: challenges, proofs and keys.

use hmac_auth::SIZE;

/// As 64 hexadecimal digits, lower case.
pub fn encode(bytes: &[u8; SIZE]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// From 64 hexadecimal digits, lower case; anything else is `None`.
pub fn decode(text: &str) -> Option<[u8; SIZE]> {
    let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>()?;
    let pairs: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, d| sum << 4 | d))
        .collect();
    if digits.len() == 2 * SIZE { pairs.try_into().ok() } else { None }
}

fn digit(char: u8) -> Option<u8> {
    match char {
        b'0'..=b'9' => Some(char - b'0'),
        b'a'..=b'f' => Some(char - b'a' + 10),
        _ => None,
    }
}
