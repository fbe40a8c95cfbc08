//! Lesson 7's file transfer beside other programs: the same file over loopback, one
//! after the other, round after round.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use book::Lang;
use book::copies::{self, Copies};
use cli::{complain, context};
use sha2::{Digest, Sha256};

use crate::clients::facts;
use crate::peer::{Running, exists, free_port, start, wait_for_listener};

/// The name of the file.
const FILE: &str = "file";

const PIECE: usize = 1024 * 1024;

/// A way to copy a file over loopback.
struct Way {
    name: &'static str,
    needs: &'static [&'static str],
    /// Starts a server and returns it with its port.
    serve: fn(&Place) -> io::Result<(Running, u16)>,
    /// Fetches the file from a port: what is timed.
    fetch: fn(&Place, u16) -> io::Result<()>,
}

const WAYS: [Way; 5] = [
    Way {
        name: "file-transfer",
        needs: &[],
        serve: serve_lesson,
        fetch: |place, port| fetch_lesson(place, port)?.wait(),
    },
    Way { name: "socat", needs: &["socat"], serve: serve_socat, fetch: fetch_socat },
    Way {
        name: "socat, sync",
        needs: &["socat", "sync"],
        serve: serve_socat,
        fetch: |place, port| {
            fetch_socat(place, port)?;
            start(Command::new("sync").arg(place.fetched()))?.wait()
        },
    },
    Way {
        name: "socat, sha256sum",
        needs: &["socat", "sha256sum"],
        serve: serve_socat,
        fetch: |place, port| {
            fetch_socat(place, port)?;
            // At the same time, as two machines would.
            let mut there = digest(&place.shared())?;
            digest(&place.fetched())?.wait()?;
            there.wait()
        },
    },
    Way {
        name: "http.server, curl",
        needs: &["python3", "curl"],
        serve: serve_http,
        fetch: fetch_http,
    },
];

/// Where things are.
struct Place {
    programs: PathBuf,
    share: PathBuf,
    into: PathBuf,
}

impl Place {
    fn shared(&self) -> PathBuf {
        self.share.join(FILE)
    }

    fn fetched(&self) -> PathBuf {
        self.into.join(FILE)
    }
}

/// Measures all ways, prints the table and writes the figures to `json`; what is
/// copied stays in `work`.
///
/// # Errors
///
/// A program fails or copies wrong, or the disk is full.
pub fn measure(
    programs: &Path,
    work: &Path,
    json: &Path,
    size: u64,
    rounds: usize,
) -> io::Result<()> {
    let place = Place {
        programs: programs.to_path_buf(),
        share: work.join("share"),
        into: work.join("into"),
    };
    fs::create_dir(&place.share)?;
    fs::create_dir(&place.into)?;
    make(&place.shared(), size)
        .map_err(context(format!("cannot make a file in {}", work.display())))?;

    let ways: Vec<_> = WAYS.iter().filter(|way| is_possible(way)).collect();
    for way in &ways {
        copy(way, &place)?; // the first time is not measured, but looked at
        compare(&place.shared(), &place.fetched()).map_err(context(way.name))?;
    }
    let mut machine = facts::machine()?;
    let way = |name: &str| book::copies::Way { name: name.into(), seconds: vec![] };
    let mut results: Vec<_> = ways.iter().map(|one| way(one.name)).collect();
    let mut digest = way("sha256");
    for round in 0..rounds {
        machine.busy_at_rest.push(facts::begin_round(round, rounds)?);
        for (way, result) in ways.iter().zip(&mut results) {
            result.seconds.push(copy(way, &place)?.as_secs_f64());
        }
        digest.seconds.push(digest_alone(&place.shared())?.as_secs_f64());
    }
    results.push(digest);
    let (server_kib, client_kib) = memory(&place)?;
    let mib = size / PIECE as u64;
    let copies = Copies { machine, mib, ways: results, server_kib, client_kib };
    println!("{}", copies::markdown(&copies, Lang::En).map_err(io::Error::other)?);
    fs::write(json, serde_json::to_string_pretty(&copies)? + "\n")
        .map_err(context(format!("cannot write {}", json.display())))
}

fn is_possible(way: &Way) -> bool {
    let missing = way.needs.iter().find(|program| !exists(program));
    if let Some(program) = missing {
        complain(format!(
            "{} is skipped: there is no {program} (Debian: apt-get install socat curl)",
            way.name
        ));
    }
    missing.is_none()
}

/// Bytes that no program can make shorter, all on the disk before anything is measured.
fn make(path: &Path, size: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut state = 1_u64;
    let mut piece = vec![0; PIECE];
    for _ in 0..size / PIECE as u64 {
        for word in piece.chunks_exact_mut(8) {
            // SplitMix64, by Sebastiano Vigna.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed =
                (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
        }
        file.write_all(&piece)?;
    }
    file.sync_all()
}

/// How long it takes, from the start of the client to its end.
fn copy(way: &Way, place: &Place) -> io::Result<Duration> {
    let _ = fs::remove_file(place.fetched());
    let (_server, port) = (way.serve)(place)?;
    let begin = Instant::now();
    (way.fetch)(place, port)?;
    Ok(begin.elapsed())
}

fn compare(one: &Path, other: &Path) -> io::Result<()> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let same_size = one.metadata()?.len() == other.metadata()?.len();
    let mut pieces = [vec![0; PIECE], vec![0; PIECE]];
    for _ in 0..one.metadata()?.len() / PIECE as u64 {
        let [left, right] = &mut pieces;
        one.read_exact(left)?;
        other.read_exact(right)?;
        if left != right || !same_size {
            return Err(io::Error::other("the copy differs"));
        }
    }
    Ok(())
}

/// How long the digest takes that file-transfer computes, without any socket: no program
/// that computes it while it copies can be faster.
fn digest_alone(path: &Path) -> io::Result<Duration> {
    let size = fs::metadata(path)?.len();
    let begin = Instant::now();
    let mut digest = Sha256::new();
    let (mut file, mut piece) = (File::open(path)?, vec![0; PIECE]);
    for _ in 0..size / PIECE as u64 {
        file.read_exact(&mut piece)?;
        digest.update(&piece);
    }
    black_box(digest.finalize());
    Ok(begin.elapsed())
}

fn digest(path: &Path) -> io::Result<Running> {
    start(Command::new("sha256sum").arg(path).stdout(Stdio::null()))
}

/// The most memory that the lesson's server and its client ever had, in KiB.
fn memory(place: &Place) -> io::Result<(u64, u64)> {
    fs::remove_file(place.fetched())?;
    let (server, port) = serve_lesson(place)?;
    let client = fetch_lesson(place, port)?.wait_for_peak_kib()?;
    Ok((server.peak_kib().unwrap_or_default(), client))
}

fn serve_lesson(place: &Place) -> io::Result<(Running, u16)> {
    let mut command = Command::new(place.programs.join("file-transfer-server"));
    command.arg("--share").arg(&place.share).arg("127.0.0.1:0");
    let mut server = start(command.stdout(Stdio::piped()))?;
    let port = server.port()?;
    Ok((server, port))
}

fn fetch_lesson(place: &Place, port: u16) -> io::Result<Running> {
    let mut command = Command::new(place.programs.join("file-transfer-client"));
    command.arg("--into").arg(&place.into).arg(format!("127.0.0.1:{port}"));
    start(command.args(["get", FILE]).stdout(Stdio::null()))
}

fn serve_socat(place: &Place) -> io::Result<(Running, u16)> {
    let port = free_port()?;
    let file = format!("FILE:{}", place.shared().display());
    let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr");
    let server = start(Command::new("socat").args(["-u", &file, &listen]))?;
    wait_for_listener(port)?;
    Ok((server, port))
}

fn fetch_socat(place: &Place, port: u16) -> io::Result<()> {
    let connect = format!("TCP:127.0.0.1:{port}");
    let create = format!("CREATE:{}", place.fetched().display());
    start(Command::new("socat").args(["-u", &connect, &create]))?.wait()
}

fn serve_http(place: &Place) -> io::Result<(Running, u16)> {
    let port = free_port()?;
    let mut command = Command::new("python3");
    command.args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"]);
    command.arg("--directory").arg(&place.share);
    let server = start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    wait_for_listener(port)?;
    Ok((server, port))
}

fn fetch_http(place: &Place, port: u16) -> io::Result<()> {
    let mut command = Command::new("curl");
    command.args([
        "--silent",
        "--show-error",
        "--fail",
        "--noproxy",
        "*",
        "--output",
    ]);
    command.arg(place.fetched()).arg(format!("http://127.0.0.1:{port}/{FILE}"));
    start(&mut command)?.wait()
}
