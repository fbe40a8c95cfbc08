//! Usage: `capstone-client [OPTIONS] [ADDR]`

use std::process::ExitCode;

const USAGE: &str = "\
Usage: capstone-client [OPTIONS] [ADDR]
";

fn main() -> ExitCode {
    cli::main(USAGE, |args| args.finish())
}
