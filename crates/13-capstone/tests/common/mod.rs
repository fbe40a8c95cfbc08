//! A server that was started, for the tests that talk with it over the wire.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use scene::python::Running;

pub const ANN: (&str, &str) = ("ann", "open sesame, said Ali Baba");
pub const BOB: (&str, &str) = ("bob", "0123456789abcdef0123456789abcdef");

/// The server, with a folder of its own; both end with this.
pub struct Server {
    pub addr: SocketAddr,
    pub folder: PathBuf,
    process: Running,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Server {
    pub fn start() -> Self {
        Server::with_idle_timeout("60")
    }

    pub fn with_idle_timeout(seconds: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("capstone-judge-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("shared")).unwrap();
        let keys = folder.join("keys");
        let lines = [ANN, BOB].map(|(user, key)| format!("{user} {key}\n"));
        fs::write(&keys, lines.concat()).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
        let program = std::env::var("CAPSTONE_SERVER")
            .unwrap_or(env!("CARGO_BIN_EXE_capstone-server").to_string());
        let child = Command::new(&program)
            .arg("--keys")
            .arg(&keys)
            .arg("--folder")
            .arg(folder.join("shared"))
            .args(["--idle-timeout", seconds, "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
        let mut process = Running(child);
        let mut out = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let line = out.next().expect("it prints `listening on ADDR`").unwrap();
        let addr = line.strip_prefix("listening on ").unwrap().parse().unwrap();
        std::thread::spawn(move || out.for_each(drop)); // a full pipe would stop it
        Server { addr, folder, process }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join("shared").join(name)
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.0.kill();
        let _ = self.process.0.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
