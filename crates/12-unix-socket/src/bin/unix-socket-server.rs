//! Usage: `unix-socket-server [--grace SECONDS] [PATH]`

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use unix_socket::{Event, Listener, default_path, explain, lock_folder, serve};

const USAGE: &str = "\
Usage: unix-socket-server [--grace SECONDS] [PATH]

Serves programs of the same user on the same machine: every byte comes back in upper
case. Ctrl-C ends the server, twice ends it at once.

  PATH             where the socket is made, at most 107 bytes (default:
                   unix-socket.sock in XDG_RUNTIME_DIR, or in the temporary folder)
  --grace SECONDS  how long conversations may go on after Ctrl-C (default 5; 0: they
                   are cut at once)
  -h, --help       print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let grace = args.seconds_from_zero("--grace")?.unwrap_or(Duration::from_secs(5));
    let path = args.positional()?.map_or_else(default_path, PathBuf::from);
    args.finish()?;

    // Before signals are heard, so that Ctrl-C ends the wait.
    let locked = lock_folder(&path, || complain_of_lock(&path))
        .map_err(|error| explain("cannot listen on", &path, &error))?;
    // Before there is a file: from now on no signal ends us without removing it.
    let (sender, events) = mpsc::channel();
    let stop = sender.clone();
    ctrlc::set_handler(move || {
        let _ = stop.send(Event::Stop);
    })
    .map_err(io::Error::other)?;
    let listener = Listener::bind_locked(&path, locked)
        .map_err(|error| explain("cannot listen on", &path, &error))?;
    println!("listening on {}", path.display());
    let cut = serve(listener, grace, sender, &events)
        .map_err(|error| explain("cannot serve on", &path, &error))?;
    println!("ended, conversations cut: {cut}");
    Ok(())
}

fn complain_of_lock(path: &Path) {
    cli::complain(format!(
        "unix-socket-server: waiting for the lock of the folder of {}: another server \
         starts there, or somebody holds it (Linux: lslocks). Ctrl-C ends the wait.",
        path.display()
    ));
}
