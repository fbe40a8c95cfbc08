//! Usage: `bench frames | files | streams | clients FOLDER...` (see scripts/bench)

mod clients;
mod echo;
mod files;
mod frames;
mod peer;
mod streams;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Usage: bench [--size MIB] [--rounds N] frames TARGET_DIR
       bench [--size MIB] [--rounds N] files PROGRAMS_DIR EMPTY_DIR FILE
       bench [--size MIB] [--rounds N] streams PROGRAMS_DIR
       bench [--ms MS] [--rounds N] clients PROGRAMS_DIR FILE
       bench draw FILE EMPTY_DIR
       bench echo ADDR

What scripts/bench starts when all is built.

  frames        prints what `cargo bench --bench frames` has left in TARGET_DIR
  files         measures lesson 7's programs in PROGRAMS_DIR, and others, with a file
                that it makes in EMPTY_DIR; writes all figures to FILE, as JSON
  streams       measures loopback, a Unix socket and wiretap in PROGRAMS_DIR
  clients       measures lesson 10's models in PROGRAMS_DIR beside Python and tokio, and
                writes all figures to FILE, as JSON
  draw          draws what FILE has, for both books
  echo          the server on tokio, for clients
  --ms MS       how long each point is measured, in milliseconds (default 800)
  --size MIB    size of the file in MiB (default 1024)
  --rounds N    how often each is measured (default 5)
  -h, --help    print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let size = args.number("--size", 1..=1024 * 1024)?.unwrap_or(1024);
    let rounds = args.number("--rounds", 1..=1000)?.unwrap_or(5);
    let ms = args.number("--ms", 100..=60_000)?.unwrap_or(800);
    let what = args.positional()?;
    let mut folder = || -> Result<PathBuf, cli::Error> {
        let folder = args.positional()?.map(PathBuf::from);
        folder.ok_or_else(|| cli::Error::Usage("expected a folder".to_string()))
    };
    match what.as_deref() {
        Some("frames") => frames::print(&folder()?)?,
        Some("files") => {
            let (programs, work, json) = (folder()?, folder()?, folder()?);
            let size = size as u64 * 1024 * 1024;
            files::measure(&programs, &work, &json, size, rounds)?;
        }
        Some("streams") => {
            streams::measure(&folder()?, size as u64 * 1024 * 1024, rounds)?;
        }
        Some("clients") => {
            let (programs, file) = (folder()?, folder()?);
            let window = Duration::from_millis(ms as u64);
            clients::measure(&programs, &file, rounds, window)?;
        }
        Some("draw") => {
            let (file, into) = (folder()?, folder()?);
            clients::draw(&file, &into)?;
        }
        Some("echo") => echo::serve(args.address("127.0.0.1:0")?)?,
        _ => {
            let text = "expected frames, files, streams or clients".to_string();
            return Err(cli::Error::Usage(text));
        }
    }
    args.finish()
}
