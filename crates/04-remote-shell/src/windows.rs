//! A command and all that it starts, on Windows. Tried under Wine 8 only, whose
//! `taskkill` knows no /T: that it ends the children is from Microsoft's words.

use std::io;
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A process and its children, ended when this is dropped. As long as it has a handle,
/// also one that has ended, no other process gets its number.
#[derive(Debug)]
pub struct Group(u32, #[expect(dead_code, reason = "is dropped")] OwnedHandle);

/// Starts a command with `cmd /C`, with UTF-8 as its code page: with this input, both
/// outputs on pipes.
///
/// # Errors
///
/// There can be no more processes or pipes.
pub fn start(command: &str, input: Stdio) -> io::Result<(Group, Child)> {
    let shell = Command::new("cmd")
        .arg("/C")
        .raw_arg(format!("chcp 65001 >NUL & {command}"))
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cli::context("cannot start cmd"))?;
    let handle = shell.as_handle().try_clone_to_owned()?;
    Ok((Group(shell.id(), handle), shell))
}

impl Drop for Group {
    fn drop(&mut self) {
        // The tree is found by its root: what a shell that has ended left behind is not.
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &self.0.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
