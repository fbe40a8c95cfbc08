//! Any bytes as a header: what is one, written and read again, is the same; what is none
//! says so in a short text.
//!
//! Needs nightly Rust, a C++ compiler and cargo-fuzz (`cargo install cargo-fuzz`). In the
//! folder crates/06-custom-header, for a minute:
//!
//! ```sh
//! mkdir -p fuzz/target/header
//! cargo +nightly fuzz run header fuzz/target/header fuzz/corpus/header -- -max_total_time=60
//! ```
#![no_main]

use std::io::ErrorKind;

use custom_header::Header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Header::from_json(bytes) {
        Ok(header) => {
            assert!(header.stdout_size <= header.total_size);
            assert_eq!(Header::from_json(&header.to_json()).unwrap(), header);
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().len() < 200, "{error}");
        }
    }
});
