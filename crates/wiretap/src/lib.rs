//! Shows the bytes between two programs, and disturbs them on demand: `cargo wiretap`.

pub mod chance;
pub mod connection;
pub mod event;
pub mod fault;
pub mod frames;
pub mod lane;
pub mod listen;
pub mod options;
pub mod output;
pub mod record;
pub mod relay;
pub mod reporter;
pub mod rows;
pub mod tap;
pub mod udp;
pub mod unix;
pub mod view;
