//! What `scripts/bench files` has measured, `docs/figures/files.json`, and its table.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::measured::Machine;
use crate::{Lang, read, table};

/// Lesson 7 beside other programs, which copy the same file over loopback.
#[derive(Debug, Serialize, Deserialize)]
pub struct Copies {
    /// Where.
    pub machine: Machine,
    /// The size of the file, in MiB.
    pub mib: u64,
    /// The first is lesson 7: the others are compared with it.
    pub ways: Vec<Way>,
    /// The most memory that lesson 7's server ever had, VmHWM, in KiB.
    pub server_kib: u64,
    /// The same of its client.
    pub client_kib: u64,
}

/// A way to copy, or a part of one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Way {
    /// Its name, the same in both languages.
    pub name: String,
    /// How long it took, round after round, in seconds.
    pub seconds: Vec<f64>,
}

/// `{{#table files}}`: how fast each way was.
///
/// # Errors
///
/// No such figures.
pub fn render(root: &Path, lang: Lang, name: &str) -> Result<String, String> {
    let path = format!("docs/figures/{name}.json");
    let copies: Copies = serde_json::from_str(&read(root, &path)?)
        .map_err(|error| format!("{path}: {error}"))?;
    markdown(&copies, lang).map_err(|error| format!("{path}: {error}"))
}

/// The same of figures that are there already.
///
/// # Errors
///
/// A way was never measured, or has no name in the books.
pub fn markdown(copies: &Copies, lang: Lang) -> Result<String, String> {
    let (head, slowest, ratio) = lang.say(
        ("over loopback", "slowest to fastest", "times this lesson"),
        ("走环回地址", "最慢到最快", "是这一课的几倍"),
    );
    let mut table = format!(
        "| {} MiB {head} | MB/s | {slowest} | {ratio} |\n| --- | ---: | ---: | ---: |",
        copies.mib
    );
    let mut lesson = None;
    for way in &copies.ways {
        let (slowest, rate, fastest) = rates(way, copies.mib)?;
        let ratio = rate / *lesson.get_or_insert(rate);
        let name = in_words(&way.name, lang)?;
        table += &format!(
            "\n| {name} | {rate:.0} | {slowest:.0}–{fastest:.0} | {ratio:.2} |"
        );
    }
    Ok(format!("{table}\n\n{}\n", source(copies, lang)))
}

/// The slowest round, the median and the fastest, in MB/s.
fn rates(way: &Way, mib: u64) -> Result<(f64, f64, f64), String> {
    let size = (mib * 1024 * 1024) as f64 / 1e6;
    let mut rates: Vec<_> =
        way.seconds.iter().map(|seconds| size / seconds).collect();
    rates.sort_by(f64::total_cmp);
    match (rates.first(), rates.get(rates.len() / 2), rates.last()) {
        (Some(&slowest), Some(&median), Some(&fastest)) => {
            Ok((slowest, median, fastest))
        }
        _ => Err(format!("{} was never measured", way.name)),
    }
}

fn in_words(name: &str, lang: Lang) -> Result<&'static str, String> {
    Ok(match name {
        "file-transfer" => lang.say("this lesson", "这一课"),
        "socat" => "`socat`",
        "socat, sync" => lang.say("`socat`, then `sync`", "`socat`，再 `sync`"),
        "socat, sha256sum" => lang.say(
            "`socat`, then `sha256sum` on both sides",
            "`socat`，再在两边各算一遍 `sha256sum`",
        ),
        "http.server, curl" => lang.say(
            "`python3 -m http.server` and `curl`",
            "`python3 -m http.server` 和 `curl`",
        ),
        "sha256" => lang.say(
            "SHA-256 of the file, without a socket",
            "只算文件的 SHA-256，没有套接字",
        ),
        _ => return Err(format!("no words for {name}: add them to copies.rs")),
    })
}

fn source(copies: &Copies, lang: Lang) -> String {
    let machine = &copies.machine;
    let rounds = copies.ways.first().map_or(0, |way| way.seconds.len());
    let (server, client) =
        (copies.server_kib as f64 / 1024.0, copies.client_kib as f64 / 1024.0);
    let (cpu, cores, linux) = (&machine.cpu, machine.cores, &machine.linux);
    let (rustc, python, date) = (&machine.rustc, &machine.python, &machine.date);
    let text = match lang {
        Lang::En => format!(
            "Medians of {rounds} rounds. This lesson's memory at its peak: server \
             {server:.1} MiB, client {client:.1} MiB. {cpu}, {cores} cores; Linux {linux}, \
             Rust {rustc}, Python {python}; {date}."
        ),
        Lang::Zh => format!(
            "测 {rounds} 轮，取中位数。这一课的内存峰值：服务端 {server:.1} MiB，客户端 {client:.1} \
             MiB。{cpu}，{cores} 个核；Linux {linux}，Rust {rustc}，Python {python}；{date}。"
        ),
    };
    text + table::warning(machine, lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(ways: &[(&str, &[f64])]) -> Copies {
        let way = |(name, seconds): &(&str, &[f64])| Way {
            name: name.to_string(),
            seconds: seconds.to_vec(),
        };
        Copies {
            machine: crate::measure::tests::measured().machine,
            mib: 1000,
            ways: ways.iter().map(way).collect(),
            server_kib: 2048,
            client_kib: 3072,
        }
    }

    #[test]
    fn a_way_has_its_median_and_its_ratio_to_the_first() {
        let copies = copies(&[
            ("file-transfer", &[8.0, 4.0, 16.0]),
            ("socat", &[1.0, 2.0, 4.0]),
        ]);
        let table = markdown(&copies, Lang::En).unwrap();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "| 1000 MiB over loopback | MB/s | slowest to fastest | times this lesson |",
                "| --- | ---: | ---: | ---: |",
                "| this lesson | 131 | 66–262 | 1.00 |",
                "| `socat` | 524 | 262–1049 | 4.00 |",
            ]
        );
        assert!(
            lines[5].starts_with(
                "Medians of 3 rounds. This lesson's memory at its peak: server 2.0 MiB, \
                 client 3.0 MiB."
            ),
            "{table}"
        );
    }

    #[test]
    fn what_was_never_measured_and_what_has_no_words_is_an_error() {
        let never = markdown(&copies(&[("socat", &[])]), Lang::En);
        assert_eq!(never.unwrap_err(), "socat was never measured");
        let unknown = markdown(&copies(&[("ftp", &[1.0])]), Lang::Zh);
        assert!(unknown.unwrap_err().contains("no words for ftp"));
    }
}
