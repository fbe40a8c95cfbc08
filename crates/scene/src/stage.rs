//! What a play needs from the machine: programs, ports of its own, a user.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Temp;
use crate::find;
use crate::parse::{Kind, Need, Scene};

/// `nobody`: who may do as little as possible.
#[cfg(unix)]
const NOBODY: u32 = 65534;

/// A port that nobody else gets while this stands.
///
/// It lies below the ports that systems choose from by themselves (from 32768 on Linux,
/// 49152 elsewhere), so no other program is given it by chance; plays keep out of each
/// other's way by holding a UDP port 5000 above it.
#[derive(Debug)]
pub struct Port {
    /// Its number.
    pub number: u16,
    _lock: UdpSocket,
}

impl Port {
    /// Finds one.
    ///
    /// # Errors
    ///
    /// None of 5000 is free.
    pub fn reserve() -> io::Result<Self> {
        static TRIES: AtomicU32 = AtomicU32::new(0);
        for _ in 0..5000 {
            let tries = TRIES.fetch_add(1, Ordering::Relaxed);
            let seed = std::process::id().wrapping_mul(97).wrapping_add(tries);
            let number = 20_000 + (seed % 5000) as u16;
            let host = Ipv4Addr::LOCALHOST;
            let Ok(_lock) = UdpSocket::bind((host, number + 5000)) else {
                continue;
            };
            let free = TcpListener::bind((host, number)).is_ok()
                && UdpSocket::bind((host, number)).is_ok()
                && !has_left_connections(number);
            if free {
                return Ok(Port { number, _lock });
            }
        }
        Err(io::Error::other("no free port between 20000 and 25000"))
    }
}

/// True if connections of an earlier play still use the port (TIME_WAIT): std's bind
/// sets SO_REUSEADDR and so does not mind them, but a scene's server may. Only Linux
/// tells; only Linux's scenes need to know.
fn has_left_connections(port: u16) -> bool {
    let port = format!(":{port:04X}");
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|file| {
        let sockets = fs::read_to_string(file).unwrap_or_default();
        let mut local =
            sockets.lines().filter_map(|line| line.split_whitespace().nth(1));
        local.any(|addr| addr.ends_with(&port))
    })
}

/// The command that starts one of a scene's programs. A program of the workspace is
/// taken from beside the running one; any other from `PATH`.
///
/// # Errors
///
/// A program of the workspace that has not been built.
pub fn command(
    words: &[String],
    unprivileged: bool,
) -> io::Result<(Command, Option<Temp>)> {
    let (program, args) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let ours = find::package_of(&find::root(), program).is_some();
    let (mut command, copy) = if ours {
        let file = folder().join(program).with_extension(env::consts::EXE_EXTENSION);
        if !file.is_file() {
            let text = format!("{program} has not been built: {}", file.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        match unprivileged && is_root() {
            true => as_nobody(&file)?,
            false => (interruptible(&file), None),
        }
    } else {
        let text = "no such program in PATH";
        let file = in_path(program)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, text))?;
        (interruptible(&file), None)
    };
    // A panic in a scene is printed the same for everybody.
    command.args(args).env_remove("RUST_BACKTRACE");
    Ok((command, copy))
}

/// Builds the workspace's programs of a scene, unless they belong to `but`.
///
/// # Errors
///
/// cargo's status; it has said why.
pub fn build(scenes: &[&Scene], but: Option<&str>) -> io::Result<()> {
    let root = find::root();
    let mut packages: Vec<_> = scenes
        .iter()
        .flat_map(|scene| &scene.steps)
        .filter_map(|step| match &step.kind {
            Kind::Run(_, command) => {
                let text = command.fill(&Default::default());
                find::package_of(&root, text.split(' ').next()?)
            }
            _ => None,
        })
        .filter(|package| Some(package.as_str()) != but)
        .collect();
    packages.sort();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--bins"]).current_dir(root);
    if folder().file_name() == Some(OsStr::new("release")) {
        command.arg("--release");
    }
    for package in packages {
        command.args(["--package", &package]);
    }
    match command.status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("cargo could not build the scene's programs")),
    }
}

/// Why a scene cannot be played on this machine, if it cannot.
pub fn unmet(scene: &Scene) -> Option<String> {
    scene.needs.iter().find_map(|need| match need {
        Need::Linux => (!cfg!(target_os = "linux")).then(|| "Linux".to_string()),
        Need::Unix => (!cfg!(unix)).then(|| "a Unix system".to_string()),
        Need::Unprivileged => (!has_reserved_ports())
            .then(|| "a system that refuses ports below 1024".to_string()),
        Need::Program(name) => {
            in_path(name).is_none().then(|| format!("the program {name} (in PATH)"))
        }
    })
}

/// The folder of the workspace's programs: this one's, or its parent for a test.
fn folder() -> PathBuf {
    let exe = env::current_exe().unwrap_or_default();
    let folder = exe.parent().unwrap_or(Path::new("."));
    match folder.file_name() {
        Some(name) if name == "deps" => folder.parent().unwrap_or(folder),
        _ => folder,
    }
    .to_path_buf()
}

fn in_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The command for a program, such that Ctrl-C ends it. A shell starts what runs in its
/// background with SIGINT ignored, and every program that it starts inherits that.
pub fn interruptible(file: &Path) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(ignored.unwrap_or("0").trim(), 16).unwrap_or(0);
    let sigint_is_ignored = mask & 1 << (2 - 1) != 0;
    if !sigint_is_ignored {
        return Command::new(file);
    }
    let mut command = Command::new("env"); // GNU's
    command.arg("--default-signal=INT").arg(file);
    command
}

/// True if somebody that we can be is not allowed to listen on port 80.
fn has_reserved_ports() -> bool {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let reserved =
        first.is_ok_and(|port| port.trim().parse().is_ok_and(|p: u16| p > 80));
    reserved && (!is_root() || as_nobody(Path::new("/bin/true")).is_ok_and(runs))
}

fn runs((mut command, _copy): (Command, Option<Temp>)) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Runs a copy of the program as `nobody`, who may not enter everybody's folders.
#[cfg(unix)]
fn as_nobody(file: &Path) -> io::Result<(Command, Option<Temp>)> {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let folder = Temp::try_new()?;
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755))?;
    let program = folder.0.join(file.file_name().unwrap_or_default());
    // `fs::copy` would have the file open for writing in this process: a program that
    // another thread starts meanwhile inherits that for a moment, and then the copy
    // cannot be run ("Text file busy").
    let copied = Command::new("cp").arg(file).arg(&program).status()?;
    if !copied.success() {
        return Err(io::Error::other("cp failed"));
    }
    let mut command = interruptible(&program);
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    Ok((command, Some(folder)))
}

#[cfg(not(unix))]
fn as_nobody(_file: &Path) -> io::Result<(Command, Option<Temp>)> {
    Err(io::ErrorKind::Unsupported.into())
}
