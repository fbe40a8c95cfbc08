//! A command and all that it starts, on Unix: a process group.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A process group, ended with SIGKILL when this is dropped, or when this process dies
/// of whatever cause.
///
/// A second shell leads the group and reads from a pipe of which we hold the other end;
/// at its end of file it kills the group, itself included. It is waited for only then,
/// so the group's number cannot have become somebody else's. See setpgid(2), kill(2).
#[derive(Debug)]
pub struct Group(Child);

/// Starts a command with `sh -c`, in a group of its own: with this input, both outputs
/// on pipes.
///
/// # Errors
///
/// The command holds a NUL, or there can be no more processes or pipes.
pub fn start(command: &str, input: Stdio) -> io::Result<(Group, Child)> {
    let mut leader = Command::new("sh")
        .args(["-c", "trap '' INT TERM HUP; echo; read _; kill -KILL 0"])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(cli::context("cannot start sh"))?;
    let ready = leader.stdout.take();
    let group = Group(leader);
    if let Some(mut ready) = ready {
        ready.read_exact(&mut [0])?; // it has set its traps
    }
    let shell = Command::new("sh")
        .args(["-c", "--", command])
        .process_group(group.0.id().cast_signed())
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cli::context("cannot start sh"))?;
    Ok((group, shell))
}

impl Drop for Group {
    fn drop(&mut self) {
        self.0.stdin = None; // the end of file
        // The command may have stopped or ended the leader (kill -STOP 0): another
        // shell joins the group, which exists until the leader is waited for.
        let _ = Command::new("sh")
            .args(["-c", "kill -KILL 0"])
            .process_group(self.0.id().cast_signed())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}
