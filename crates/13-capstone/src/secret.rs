//! What is made of a user's key: the proofs of both sides, and the keys of one
//! session.

use std::io;

use hkdf::Hkdf;
use hmac_auth::{SIZE, new_challenge, tag, verify};
use sha2::Sha256;

use crate::hex;

/// Stands in everything that is signed or derived: a proof for another protocol, or
/// another version of this one, is worth nothing here.
const PROTOCOL: &[u8] = b"capstone 1";

/// Who proves something. It is part of what is signed: otherwise whoever sends back
/// the other side's own proof would be let in (reflection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The side that connects.
    Client,
    /// The side that accepts.
    Server,
}

/// What one connection is about: who, and both challenges. All of it is signed.
pub struct Context<'a> {
    /// The user's name.
    pub user: &'a str,
    /// The client's challenge.
    pub client: [u8; SIZE],
    /// The server's.
    pub server: [u8; SIZE],
}

impl Context<'_> {
    /// The proof that this role knows the key.
    pub fn proof(&self, key: &[u8], role: Role) -> [u8; SIZE] {
        tag(key, &self.signed(role))
    }

    /// True if the other side's proof is right; takes the same time wherever it is
    /// wrong.
    pub fn verify(&self, key: &[u8], role: Role, proof: &[u8]) -> bool {
        verify(key, &self.signed(role), proof)
    }

    /// A NUL stands in no name: no two contexts have the same bytes.
    fn signed(&self, role: Role) -> Vec<u8> {
        let role: &[u8] = match role {
            Role::Client => b"client",
            Role::Server => b"server",
        };
        let parts = [role, PROTOCOL, self.user.as_bytes()];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(part);
            bytes.push(0);
        }
        [&bytes[..], &self.client, &self.server].concat()
    }

    /// The keys of this session, one for each direction: a record of another session
    /// has a wrong tag, and so has one that is sent back to its sender.
    pub fn session(&self, key: &[u8]) -> Session {
        let salt = [self.client, self.server].concat();
        let derive = |direction: &[u8]| {
            derive(key, &salt, &[PROTOCOL, b" ", direction].concat())
        };
        Session {
            to_server: derive(b"client to server"),
            to_client: derive(b"server to client"),
        }
    }
}

/// The keys of the two directions. It has no `Debug`: nobody can log it by mistake.
pub struct Session {
    /// For the tags of the client's records.
    pub to_server: [u8; SIZE],
    /// For the tags of the server's.
    pub to_client: [u8; SIZE],
}

/// HKDF-SHA256 ([RFC 5869]), 32 bytes: keys for different purposes out of one, none
/// of which tells anything about the others.
///
/// [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869
fn derive(key: &[u8], salt: &[u8], info: &[u8]) -> [u8; SIZE] {
    let mut derived = [0; SIZE];
    #[expect(clippy::expect_used, reason = "HKDF gives up to 255 times 32 bytes")]
    Hkdf::<Sha256>::new(Some(salt), key)
        .expand(info, &mut derived)
        .expect("32 bytes");
    derived
}

/// A new key, 64 hexadecimal digits: 32 bytes that nobody can guess.
///
/// # Errors
///
/// The system has no random bytes.
pub fn new_key() -> io::Result<String> {
    Ok(hex::encode(&new_challenge()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(range: std::ops::Range<u8>) -> Vec<u8> {
        range.collect()
    }

    /// The first 32 bytes of what the RFC gives.
    #[test]
    fn session_keys_are_those_of_rfc_5869() {
        let short = derive(&[11; 22], &range(0..13), &range(0xf0..0xfa));
        let info: Vec<u8> = (0xb0..=0xff).collect();
        let long = derive(&range(0..0x50), &range(0x60..0xb0), &info);
        let none = derive(&[11; 22], b"", b"");
        assert_eq!(
            [short, long, none].map(|key| hex::encode(&key)),
            [
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
            ]
        );
    }

    fn context(user: &str) -> Context<'_> {
        let client = range(0..32).try_into().unwrap();
        Context { user, client, server: range(32..64).try_into().unwrap() }
    }

    const KEY: &[u8] = b"open sesame, said Ali Baba";

    /// Computed with Python's hmac and hashlib, as the book says it.
    #[test]
    fn proofs_and_keys_are_those_of_the_example_in_the_book() {
        let Session { to_server, to_client } = context("ann").session(KEY);
        let server = context("ann").proof(KEY, Role::Server);
        let client = context("ann").proof(KEY, Role::Client);
        assert_eq!(
            [server, client, to_server, to_client].map(|bytes| hex::encode(&bytes)),
            [
                "23e0413bb965782ee977f3813c2cee4d8edf9e3ca50d0b5d356ec49385816ddd",
                "1c9293aaa2e1e6099a7daa1fe20516fa8c265777c41d325532795b752bedc554",
                "f7f79aeb88fab3715c04d2cfe4f73e669d8925679a3e63dd63dd1ad7e2108e52",
                "f51379d2088f8f2724c4293f63ff5b9ae1488d87413643e0082df5c2effdb10b",
            ]
        );
    }

    #[test]
    fn a_proof_is_good_for_one_role_one_user_one_key_and_both_challenges() {
        let proof = context("ann").proof(KEY, Role::Client);
        assert!(context("ann").verify(KEY, Role::Client, &proof));
        assert!(!context("ann").verify(KEY, Role::Server, &proof));
        assert!(!context("an").verify(KEY, Role::Client, &proof));
        assert!(!context("ann").verify(&KEY[1..], Role::Client, &proof));
        assert!(!context("ann").verify(KEY, Role::Client, &proof[1..]));
        let exchanged = Context {
            server: context("").client,
            client: context("").server,
            user: "ann",
        };
        assert!(!exchanged.verify(KEY, Role::Client, &proof));
    }
}
