//! Any bytes as frames: read one after the other, whatever is read is within the limit,
//! and written again it is the same bytes.
//!
//! Needs nightly Rust, a C++ compiler and cargo-fuzz (`cargo install cargo-fuzz`). In the
//! folder crates/06-custom-header, for a minute:
//!
//! ```sh
//! mkdir -p fuzz/target/frame
//! cargo +nightly fuzz run frame fuzz/target/frame fuzz/corpus/frame -- -max_total_time=60
//! ```
#![no_main]

use std::io::ErrorKind;

use custom_header::{read_frame, write_frame};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1024;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = bytes;
    let mut written = Vec::new();
    loop {
        let before = reader;
        match read_frame(&mut reader, LIMIT) {
            Ok(Some(payload)) => {
                assert!(payload.len() <= LIMIT);
                write_frame(&mut written, &payload).unwrap();
                assert_eq!(written, bytes[..bytes.len() - reader.len()]);
            }
            Ok(None) => return assert!(before.is_empty()),
            Err(error) => {
                return match error.kind() {
                    ErrorKind::InvalidData => assert_eq!(reader, &before[4..]),
                    kind => assert_eq!(kind, ErrorKind::UnexpectedEof),
                };
            }
        }
    }
});
