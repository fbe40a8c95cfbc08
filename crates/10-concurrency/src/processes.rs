//! A process for each client: this program again, with the connection as its
//! standard input and output, as inetd starts its servers.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::{env, thread};

use cli::complain;

use crate::{Acceptor, Client, Handler, Refuser};

/// Serves each client in a process of its own, and in a thread that waits for its
/// end.
pub fn serve(acceptor: Acceptor, handler: &Handler) {
    let refuser = acceptor.refuser();
    for client in acceptor {
        let (stream, handler) = (Arc::clone(&client.stream), handler.clone());
        let (thread, inner) = (thread::Builder::new(), refuser.clone());
        let watch = move || serve_in_child(&client, &handler, &inner);
        if let Err(error) = thread.spawn(watch) {
            complain(format!("concurrency-server: cannot start a thread: {error}"));
            refuser.refuse(stream, "the server has no thread for you, try later");
        }
    }
}

fn serve_in_child(client: &Client, handler: &Handler, refuser: &Refuser) {
    if !client.begin() {
        return;
    }
    match start(client, handler) {
        Ok(stderr) => wait_for_end(client, stderr),
        Err(error) => {
            complain(format!("concurrency-server: cannot start a process: {error}"));
            let why = "the server has no process for you, try later";
            refuser.refuse(Arc::clone(&client.stream), why);
        }
    }
}

/// Starts the child; returns where it complains: its stdout is the client's.
fn start(client: &Client, handler: &Handler) -> io::Result<Option<ChildStderr>> {
    let socket = || client.stream.try_clone().map(OwnedFd::from);
    let mut command = Command::new(env::current_exe()?);
    command.arg("--inetd").args(handler.args());
    command.stdin(socket()?).stdout(socket()?).stderr(Stdio::piped());
    // Ctrl-C in a terminal is for all processes of its group: without one of its own
    // the child would die before its grace is over.
    command.process_group(0);
    let mut child = command.spawn()?;
    println!("{} has process {}", client.peer, child.id());
    let stderr = child.stderr.take();
    client.adopt(child);
    Ok(stderr)
}

/// Passes on what the child complains about, until the end of file: then it has
/// ended, and is reaped at once, whether or not another client ever comes.
fn wait_for_end(client: &Client, stderr: Option<ChildStderr>) {
    if let Some(mut stderr) = stderr {
        let _ = io::copy(&mut stderr, &mut io::stderr());
        let _ = io::copy(&mut stderr, &mut io::sink()); // if nobody hears us
    }
    let ended = client.reap();
    let peer = client.peer;
    match ended {
        _ if client.is_cut() => {}
        Ok(Some(status)) if status.success() => println!("{peer} closed"),
        Ok(status) => {
            let status =
                status.map_or_else(String::new, |status| status.to_string());
            complain(format!("concurrency-server: {peer}: its process: {status}"));
        }
        Err(error) => {
            complain(format!("concurrency-server: {peer}: cannot wait: {error}"));
        }
    }
}
