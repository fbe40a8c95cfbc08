//! Scenes: small plays of several terminals, which are transcript, test and
//! demonstration at once.

pub mod find;
pub mod parse;
pub mod pattern;
