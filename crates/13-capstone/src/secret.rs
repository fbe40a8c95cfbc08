//! What is made of a user's key: the proofs of both sides, and the keys of one session.

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

/// HKDF-SHA256 ([RFC 5869]), 32 bytes: keys for different purposes out of one, none of
/// which tells anything about the others.
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
