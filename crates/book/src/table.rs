//! `{{#table NAME MEASURE...}}`: the medians of what was measured, from
//! `docs/figures/NAME.json`, a server in a row.

use std::path::Path;

use crate::Lang;
use crate::measure::{Measure, Series, Unit, Value};
use crate::measured::{Machine, Measured};

/// The table of the measures `names`; with more than one a cell has them all: `2 / 3`.
///
/// # Errors
///
/// No such figures, or no such measure.
pub fn render(
    root: &Path,
    lang: Lang,
    name: &str,
    names: &[&str],
) -> Result<String, String> {
    markdown(&Measured::read(root, name)?, lang, names)
}

/// The same of figures that are there already.
///
/// # Errors
///
/// No such measure.
pub fn markdown(
    measured: &Measured,
    lang: Lang,
    names: &[&str],
) -> Result<String, String> {
    let measures: Result<Vec<_>, _> =
        names.iter().map(|name| Measure::find(name)).collect();
    let measures = measures?;
    let all: Vec<_> =
        measures.iter().map(|measure| measure.series(measured)).collect();
    let mut columns: Vec<_> = (all.iter().flatten())
        .flat_map(|series| series.values.iter().map(|value| value.clients))
        .collect();
    columns.sort();
    columns.dedup();

    let titles: Vec<_> =
        measures.iter().map(|measure| measure.title(lang)).collect();
    let mut table = format!("| {} |", titles.join(" / "));
    columns.iter().for_each(|clients| table += &format!(" {clients} |"));
    table += "\n| --- |";
    columns.iter().for_each(|_| table += " ---: |");
    for name in all.first().into_iter().flatten().map(|series| &series.server) {
        table += &format!("\n| {} |", server(name));
        for &clients in &columns {
            let cell = |(measure, all): (&Measure, &Vec<Series>)| {
                let series = all.iter().find(|series| series.server == *name)?;
                let value =
                    series.values.iter().find(|one| one.clients == clients)?;
                Some(show(measure.unit(), value))
            };
            let cells: Vec<_> = measures.iter().zip(&all).filter_map(cell).collect();
            let cell =
                if cells.is_empty() { "–".into() } else { cells.join(" / ") };
            table += &format!(" {cell} |");
        }
    }
    Ok(format!("{table}\n\n{}\n", source(measured, lang)))
}

fn show(unit: Unit, value: &Value) -> String {
    let more = if value.or_more { "> " } else { "" };
    more.to_string() + &unit.show(value.number)
}

/// A server's name for the reader.
pub fn server(name: &str) -> &str {
    match name {
        "python" => "Python",
        _ => name,
    }
}

/// So busy the cores may be with other work.
pub const QUIET: f64 = 0.05;

/// Where the figures come from, in a sentence; in two if they cannot be believed.
pub fn source(measured: &Measured, lang: Lang) -> String {
    origin(measured, lang) + warning(&measured.machine, lang)
}

/// What follows if the machine was not at rest.
pub fn warning(machine: &Machine, lang: Lang) -> &'static str {
    let busy = machine.busy_at_rest.iter().fold(0.0_f64, |a, b| a.max(*b));
    match (busy > QUIET, lang) {
        (true, Lang::En) => {
            " **Other programs ran meanwhile: to be measured again.**"
        }
        (true, Lang::Zh) => "**测的时候，机器上还有别的程序在运行：要重测。**",
        (false, _) => "",
    }
}

fn origin(measured: &Measured, lang: Lang) -> String {
    let (machine, method) = (&measured.machine, &measured.method);
    let seconds = method.window_ms as f64 / 1000.0;
    let own = match (method.own_cores, lang) {
        (true, Lang::En) => ", one for the server, one for all clients",
        (true, Lang::Zh) => "，服务端独占一个，所有客户端共用另一个",
        (false, _) => "",
    };
    match lang {
        Lang::En => format!(
            "Medians of {} rounds of {seconds} s. {}, {} cores{own}; Linux {}, Rust {}, \
             Python {}, tokio {}; {}.",
            method.rounds,
            machine.cpu,
            machine.cores,
            machine.linux,
            machine.rustc,
            machine.python,
            machine.tokio,
            machine.date,
        ),
        Lang::Zh => format!(
            "测 {} 轮，每轮 {seconds} 秒，取中位数。{}，{} 个核{own}；Linux {}，Rust {}，Python {}，\
             tokio {}；{}。",
            method.rounds,
            machine.cpu,
            machine.cores,
            machine.linux,
            machine.rustc,
            machine.python,
            machine.tokio,
            machine.date,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::tests::measured;

    #[test]
    fn a_server_has_a_row_and_what_was_not_measured_a_dash() {
        let table = markdown(&measured(), Lang::En, &["memory"]).unwrap();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "| memory (shared pages counted once) | 1 | 10 | 10000 |",
                "| --- | ---: | ---: | ---: |",
                "| one | 1.0 MB | 1.0 MB | – |",
                "| threads | 1.0 MB | 1.0 MB | 11 MB |",
            ]
        );
        assert!(lines[5].starts_with("Medians of 3 rounds of 0.8 s."), "{table}");
    }

    #[test]
    fn several_measures_share_a_cell() {
        let table = markdown(&measured(), Lang::Zh, &["stay-p50", "stay-rate"]);
        let table = table.unwrap();
        assert!(
            table.contains("| one | 20 µs / 50000 | > 800 ms / 50000 |"),
            "{table}"
        );
    }
}
