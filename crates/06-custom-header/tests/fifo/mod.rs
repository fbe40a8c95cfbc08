//! A FIFO tells when processes end that a test cannot name: who has it open holds it
//! open, so its end of file comes when all those processes have ended.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

/// A FIFO in the system's temporary folder, removed at the end.
pub struct Fifo {
    path: PathBuf,
    seen: Receiver<Seen>,
}

#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Opened,
    Ended,
}

impl Fifo {
    pub fn new(name: &str) -> Self {
        let name = format!("custom-header-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (sender, seen) = mpsc::channel();
        let opened = path.clone();
        thread::spawn(move || {
            let mut file = File::open(opened).unwrap(); // waits for who writes
            let _ = sender.send(Seen::Opened);
            let mut text = Vec::new();
            file.read_to_end(&mut text).unwrap();
            let _ = sender.send(Seen::Ended);
        });
        Fifo { path, seen }
    }

    /// A command that opens the FIFO and never ends, with children that do not listen
    /// to signals that can be ignored.
    pub fn endless_command(&self) -> String {
        format!(
            "exec 9> '{}'; (trap '' INT TERM HUP; sleep 1000; sleep 1000) & sleep 1000",
            self.path.display()
        )
    }

    #[track_caller]
    pub fn assert_opened(&self) {
        assert_eq!(self.seen.recv_timeout(LIMIT), Ok(Seen::Opened));
    }

    #[track_caller]
    pub fn assert_ended(&self) {
        assert_eq!(self.seen.recv_timeout(LIMIT), Ok(Seen::Ended));
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
