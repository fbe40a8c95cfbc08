//! A server that was started, for the tests that talk with it over the wire.
#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use scene::{Running, Temp};

pub const ANN: (&str, &str) = ("ann", "open sesame, said Ali Baba");
pub const BOB: (&str, &str) = ("bob", "0123456789abcdef0123456789abcdef");

/// The server, with a folder of its own; both end with this.
pub struct Server {
    pub addr: String,
    pub process: Running,
    pub folder: Temp,
}

impl Server {
    pub fn start() -> Self {
        Server::with_idle_timeout("60")
    }

    pub fn with_idle_timeout(seconds: &str) -> Self {
        let folder = Temp::new();
        fs::create_dir(folder.join("shared")).unwrap();
        let lines = [ANN, BOB].map(|(user, key)| format!("{user} {key}\n"));
        let keys = folder.write("keys", lines.concat());
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
        let program = std::env::var("CAPSTONE_SERVER")
            .unwrap_or(env!("CARGO_BIN_EXE_capstone-server").to_string());
        let mut process = Running::start(
            Command::new(program)
                .arg("--keys")
                .arg(&keys)
                .arg("--folder")
                .arg(folder.join("shared"))
                .args(["--idle-timeout", seconds, "127.0.0.1:0"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let addr = process.listening_on();
        let rest = BufReader::new(process.0.stdout.take().unwrap());
        // A full pipe would stop it.
        thread::spawn(move || rest.lines().for_each(drop));
        Server { addr, folder, process }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join("shared").join(name)
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}
