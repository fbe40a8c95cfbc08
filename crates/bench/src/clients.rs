//! Lesson 10's four models beside Python's threads and tokio: answers a second, waits
//! and memory, with one client and with many.

mod crowd;
pub mod facts;
mod server;
pub mod system;
mod waits;

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use book::measure::Measure;
use book::measured::{Crowd as Kind, Measured, Point, Round};
use book::{Lang, plot, table};
use cli::{complain, context};

use crowd::Crowd;
use server::Server;

const CLIENTS: [usize; 4] = [1, 10, 100, 1000];

/// So many ask once and stay.
const IDLE: usize = 10_000;

/// What a process has open beside its connections.
const OTHER_FILES: usize = 100;

/// The measures that share a table.
const TABLES: [&[&str]; 7] = [
    &["stay-rate"],
    &["stay-p50", "stay-p99"],
    &["stay-answers-p50", "stay-answers-p99"],
    &["visit-rate"],
    &["visit-p50", "visit-p99"],
    &["memory", "rss"],
    &["kernel"],
];

const WARM_UP: Duration = Duration::from_millis(200);

/// So long the children of a server may take to end when their clients have left.
const LEAVING: Duration = Duration::from_secs(60);

/// Measures all, round after round, and writes the figures to `file`.
///
/// # Errors
///
/// A program fails, or answers wrong.
pub fn measure(
    programs: &Path,
    file: &Path,
    rounds: usize,
    window: Duration,
) -> io::Result<()> {
    let mut machine = facts::machine()?;
    let method = facts::method(rounds, window, server::give_cores(&machine)?);
    let mut points = points(facts::open_files()?);
    for round in 0..rounds {
        machine.busy_at_rest.push(facts::begin_round(round, rounds)?);
        let again = |point: &&mut Point| round == 0 || point.crowd != Kind::Idle;
        for point in points.iter_mut().filter(again) {
            let server =
                Server { programs, name: &point.server, alone: method.own_cores };
            let figures = once(&server, point.crowd, point.clients, window)
                .map_err(context(format!(
                    "{} and {} clients",
                    point.server, point.clients
                )))?;
            point.rounds.push(figures);
        }
    }
    let measured = Measured { machine, method, points };
    fs::write(file, text(&measured)?)
        .map_err(context(format!("cannot write {}", file.display())))?;
    print(&measured).map_err(io::Error::other)
}

fn print(measured: &Measured) -> Result<(), String> {
    for names in TABLES {
        println!("{}", table::markdown(measured, Lang::En, names)?);
    }
    let rates = Measure::find("stay-rate")?.series(measured);
    let rate = |server: &str| -> Option<f64> {
        let series = rates.iter().find(|series| series.server == server)?;
        let mut values = series.values.iter();
        Some(values.find(|value| value.clients == 100)?.number)
    };
    if let (Some(threads), Some(python), Some(tokio)) =
        (rate("threads"), rate("python"), rate("tokio"))
    {
        println!(
            "Threads, 100 clients that stay: {:.2} times Python's rate, {:.2} times tokio's.",
            threads / python,
            threads / tokio
        );
    }
    Ok(())
}

/// Draws all that [`measure`] has written to `file`, in both languages, into a folder.
///
/// # Errors
///
/// No such figures, or no such folder.
pub fn draw(file: &Path, folder: &Path) -> io::Result<()> {
    let text = fs::read_to_string(file)
        .map_err(context(format!("cannot read {}", file.display())))?;
    let measured: Measured = serde_json::from_str(&text)?;
    for names in TABLES.concat() {
        let measure = Measure::find(names).map_err(io::Error::other)?;
        for lang in Lang::ALL {
            let svg = plot::svg(&measured, lang, measure, &format!("plot-{names}"));
            let path = folder.join(format!("{names}.{}.svg", lang.folder()));
            fs::write(&path, svg.map_err(io::Error::other)?)
                .map_err(context(format!("cannot write {}", path.display())))?;
        }
    }
    Ok(())
}

/// What is to be measured, if a process may have so many files open.
fn points(open_files: usize) -> Vec<Point> {
    let mut points = Vec::new();
    let mut add = |server: &str, crowd, clients| {
        if clients * server::files(server) + OTHER_FILES <= open_files {
            let (server, rounds) = (server.to_string(), Vec::new());
            points.push(Point { server, crowd, clients, rounds });
        } else {
            complain(format!(
                "bench: {server} and {clients} clients are left out: a process may have \
                 {open_files} files open (ulimit -Hn)"
            ));
        }
    };
    let servers = server::all();
    for crowd in [Kind::Stay, Kind::Visit] {
        for clients in CLIENTS {
            servers.iter().for_each(|server| add(server, crowd, clients));
        }
    }
    let idle = servers.iter().filter(|server| server::answers_all(server));
    idle.for_each(|server| add(server, Kind::Idle, IDLE));
    points
}

/// A new server, new clients, one measurement.
fn once(
    server: &Server,
    kind: Kind,
    clients: usize,
    window: Duration,
) -> io::Result<Round> {
    let all = server::answers_all(server.name);
    let (server, addr) = server.start()?;
    let kernel = system::kernel()?;
    let mut crowd = Crowd::gather(addr, clients, all)?;
    let mut round = Round::default();
    if kind != Kind::Idle {
        crowd.talk(kind == Kind::Visit, WARM_UP)?;
        let before = system::cores()?;
        let mut waits = crowd.talk(kind == Kind::Visit, window)?;
        let busy = system::busy(&before, &system::cores()?);
        round.server_busy = busy[server::CORE];
        round.clients_busy = busy[(server::CORE + 1) % busy.len()];
        round.rate = (waits.answers() as f64 / window.as_secs_f64()).round();
        (round.p50, round.p99) = (waits.quantile(0.5), waits.quantile(0.99));
        round.answers_p50 = waits.quantile_of_answers(0.5);
        round.answers_p99 = waits.quantile_of_answers(0.99);
    }
    round.served = crowd.served();
    round.memory = system::memory(server.id())?;
    round.memory.kernel = system::kernel()? - kernel;
    drop(crowd);
    let deadline = Instant::now() + LEAVING;
    while !system::children(server.id())?.is_empty() {
        if Instant::now() > deadline {
            return Err(io::Error::other("the server's children do not end"));
        }
        thread::yield_now();
    }
    Ok(round)
}

/// JSON, a point on a line.
fn text(measured: &Measured) -> io::Result<String> {
    let points: Result<Vec<_>, _> =
        measured.points.iter().map(serde_json::to_string).collect();
    Ok(format!(
        "{{\n\"machine\": {},\n\"method\": {},\n\"points\": [\n{}\n]\n}}\n",
        serde_json::to_string(&measured.machine)?,
        serde_json::to_string(&measured.method)?,
        points?.join(",\n"),
    ))
}
