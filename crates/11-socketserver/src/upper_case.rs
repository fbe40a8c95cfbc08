//! A handler for every server: lesson 2's communication loop.

use std::io::{self, ErrorKind, Read, Write};

use cli::{context, show};

use crate::Handler;

/// How many bytes one read takes at most.
const BUFFER_SIZE: usize = 1024;

/// Sends every byte back in upper case, until the end of file.
#[derive(Clone, Copy, Debug)]
pub struct UpperCase;

impl<R: Read + Write> Handler<R> for UpperCase {
    fn handle(&self, request: &mut R, peer: &str) -> io::Result<()> {
        let mut buffer = [0; BUFFER_SIZE];
        loop {
            let size = match request.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result.map_err(context("cannot read"))?,
            };
            if size == 0 {
                return Ok(());
            }
            let message = &buffer[..size];
            println!("{size} bytes from {peer}: {}", show(message));
            request
                .write_all(&message.to_ascii_uppercase())
                .map_err(context("cannot write"))?;
        }
    }
}
