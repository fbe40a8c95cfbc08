//! The one piece of cryptography, from a library: nobody should write their own.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::SIZE;

/// HMAC-SHA256 ([RFC 2104], [FIPS 180-4]): 32 bytes that only somebody with the key
/// can make from this message. Nobody can compute the key from them; who guesses it
/// can check the guess.
///
/// [RFC 2104]: https://www.rfc-editor.org/rfc/rfc2104
/// [FIPS 180-4]: https://doi.org/10.6028/NIST.FIPS.180-4
pub fn tag(key: &[u8], message: &[u8]) -> [u8; SIZE] {
    mac(key, message).finalize().into_bytes().into()
}

/// True if `answer` is the [`tag`] of this message. The library takes the same time
/// wherever the first wrong byte stands. `==` may end there: where the same message
/// may be tried again, who measures how long it took could find a right answer byte by
/// byte.
pub fn verify(key: &[u8], message: &[u8], answer: &[u8]) -> bool {
    mac(key, message).verify_slice(answer).is_ok()
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.chain_update(message)
}
