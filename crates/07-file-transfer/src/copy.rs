//! A known number of bytes from here to there, with their digest on the way.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest, Sha256};

/// How many bytes are read at most before they are written: all that is ever in
/// memory of a file, however large.
const BUFFER_SIZE: usize = 128 * 1024;

/// Which side of a copy failed.
#[derive(Debug)]
pub enum CopyError {
    /// Where it comes from; `UnexpectedEof` if that ended too soon.
    Read(io::Error),
    /// Where it goes.
    Write(io::Error),
}

/// Copies exactly `size` bytes and adds them to the digest: one pass, so that what
/// was digested is what was sent.
///
/// # Errors
///
/// Which side failed, and how.
pub fn copy(
    reader: &mut impl Read,
    writer: &mut impl Write,
    size: u64,
    digest: &mut Sha256,
) -> Result<(), CopyError> {
    let mut buffer = vec![0; BUFFER_SIZE];
    let mut left = size;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(BUFFER_SIZE).min(BUFFER_SIZE);
        let piece = match reader.read(&mut buffer[..most]) {
            Ok(0) => return Err(CopyError::Read(ended(size - left, size))),
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        writer.write_all(piece).map_err(CopyError::Write)?;
        digest.update(piece);
        left -= piece.len() as u64;
    }
    Ok(())
}

fn ended(done: u64, size: u64) -> io::Error {
    let text = format!("the end came after {done} of {size} bytes");
    io::Error::new(ErrorKind::UnexpectedEof, text)
}

/// The digest so far, as 64 lower-case hexadecimal digits.
pub fn hex(digest: &Sha256) -> String {
    digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl From<CopyError> for io::Error {
    fn from(error: CopyError) -> Self {
        let (CopyError::Read(error) | CopyError::Write(error)) = error;
        error
    }
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (CopyError::Read(error) | CopyError::Write(error)) = self;
        write!(f, "{error}")
    }
}
