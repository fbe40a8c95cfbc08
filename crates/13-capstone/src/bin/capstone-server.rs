//! Usage: `capstone-server [OPTIONS] [ADDR]`

use std::process::ExitCode;

const USAGE: &str = "\
Usage: capstone-server [OPTIONS] [ADDR]
";

fn main() -> ExitCode {
    cli::main(USAGE, |args| args.finish())
}
