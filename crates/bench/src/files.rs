//! Lesson 7's file transfer beside other programs: the same file over loopback, one
//! after the other, round after round.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cli::{complain, context};
use sha2::{Digest, Sha256};

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
        name: "socat, then sync FILE",
        needs: &["socat", "sync"],
        serve: serve_socat,
        fetch: |place, port| {
            fetch_socat(place, port)?;
            start(Command::new("sync").arg(place.fetched()))?.wait()
        },
    },
    Way {
        name: "socat, then sha256sum on both",
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
        name: "python3 -m http.server, curl",
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

/// Measures all ways and prints the table; what is made stays in `work`.
///
/// # Errors
///
/// A program fails or copies wrong, or the disk is full.
pub fn measure(
    programs: &Path,
    work: &Path,
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
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..rounds {
        for (way, times) in ways.iter().zip(&mut times) {
            times.push(copy(way, &place)?);
        }
    }
    print(&ways, &mut times, size, rounds);
    print_digest(&place.shared(), rounds)?;
    print_memory(&place)
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

fn print(ways: &[&Way], times: &mut [Vec<Duration>], size: u64, rounds: usize) {
    let medians: Vec<_> = times
        .iter_mut()
        .map(|times| {
            times.sort();
            size as f64 / 1e6 / times[times.len() / 2].as_secs_f64()
        })
        .collect();
    println!("{} MiB over loopback, median of {rounds}:", size / PIECE as u64);
    println!("{:>30}  {:>6}  {:>5}  {:>15}", "", "MB/s", "ratio", "slowest-fastest");
    for ((way, rate), times) in ways.iter().zip(&medians).zip(times) {
        let rate_of = |time: Duration| size as f64 / 1e6 / time.as_secs_f64();
        let (fastest, slowest) = (times[0], times[times.len() - 1]);
        let range = format!("{:.0}-{:.0}", rate_of(slowest), rate_of(fastest));
        let ratio = rate / medians[0];
        println!("{:>30}  {rate:>6.0}  {ratio:>5.2}  {range:>15}", way.name);
    }
}

/// How fast the digest is that file-transfer computes, without any socket: no program
/// that computes it while it copies can be faster.
fn print_digest(path: &Path, rounds: usize) -> io::Result<()> {
    let size = fs::metadata(path)?.len();
    let mut times = Vec::new();
    for _ in 0..rounds {
        let begin = Instant::now();
        let mut digest = Sha256::new();
        let (mut file, mut piece) = (File::open(path)?, vec![0; PIECE]);
        for _ in 0..size / PIECE as u64 {
            file.read_exact(&mut piece)?;
            digest.update(&piece);
        }
        black_box(digest.finalize());
        times.push(begin.elapsed());
    }
    times.sort();
    let rate = size as f64 / 1e6 / times[rounds / 2].as_secs_f64();
    println!("{:>30}  {rate:>6.0}", "the digest alone, no socket");
    Ok(())
}

fn digest(path: &Path) -> io::Result<Running> {
    start(Command::new("sha256sum").arg(path).stdout(Stdio::null()))
}

fn print_memory(place: &Place) -> io::Result<()> {
    fs::remove_file(place.fetched())?;
    let (server, port) = serve_lesson(place)?;
    let client = fetch_lesson(place, port)?.wait_for_peak_kib()?;
    let server = server.peak_kib().unwrap_or_default();
    println!(
        "file-transfer's memory at its peak: server {server} KiB, client {client} KiB"
    );
    Ok(())
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
