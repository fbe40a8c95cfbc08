//! Usage: `capstone-attacker [OPTIONS] [ADDR]`

use std::process::ExitCode;

const USAGE: &str = "\
Usage: capstone-attacker [OPTIONS] [ADDR]
";

fn main() -> ExitCode {
    cli::main(USAGE, |args| args.finish())
}
