//! One measure out of the figures in a file: its values by server and by number of
//! clients.

use crate::Lang;
use crate::measured::{Crowd, Measured, Point, Round};

/// What a measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How often.
    Count,
    /// Microseconds.
    Time,
    /// Bytes.
    Size,
}

#[derive(Debug)]
struct What {
    name: &'static str,
    unit: Unit,
    title: [&'static str; 2],
    /// In its unit; true if it may be more.
    of: fn(&Round) -> (f64, bool),
}

const WHATS: [What; 9] = [
    What {
        name: "rate",
        unit: Unit::Count,
        title: ["answers a second", "每秒回答数"],
        of: |round| (round.rate, false),
    },
    What {
        name: "p50",
        unit: Unit::Time,
        title: ["time to the answer, p50", "等回答的时间，p50"],
        of: |round| round.p50.value(),
    },
    What {
        name: "p99",
        unit: Unit::Time,
        title: ["time to the answer, p99", "等回答的时间，p99"],
        of: |round| round.p99.value(),
    },
    What {
        name: "answers-p50",
        unit: Unit::Time,
        title: ["p50 of the answers that came", "等回答的时间（只算等到了的），p50"],
        of: |round| round.answers_p50.value(),
    },
    What {
        name: "answers-p99",
        unit: Unit::Time,
        title: ["p99 of the answers that came", "等回答的时间（只算等到了的），p99"],
        of: |round| round.answers_p99.value(),
    },
    What {
        name: "memory",
        unit: Unit::Size,
        title: ["memory (shared pages counted once)", "内存（共享的页只算一次）"],
        of: |round| (round.memory.pss as f64 * 1024.0, false),
    },
    What {
        name: "rss",
        unit: Unit::Size,
        title: [
            "memory (shared pages counted for each process)",
            "内存（共享的页，每个进程各算一次）",
        ],
        of: |round| (round.memory.rss as f64 * 1024.0, false),
    },
    What {
        name: "peak",
        unit: Unit::Size,
        title: ["memory at its peak", "内存峰值"],
        of: |round| (round.memory.peak as f64 * 1024.0, false),
    },
    What {
        name: "kernel",
        unit: Unit::Size,
        title: ["memory in the kernel, both ends", "内核占用的内存（两端合计）"],
        of: |round| (round.memory.kernel.max(0) as f64 * 1024.0, false),
    },
];

/// One of the things that were measured.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    what: &'static What,
    crowd: Crowd,
}

/// The values of a server.
#[derive(Debug)]
pub struct Series {
    /// Its name in the figures.
    pub server: String,
    /// With few clients first.
    pub values: Vec<Value>,
}

/// A median.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// With so many clients.
    pub clients: usize,
    /// In the measure's unit.
    pub number: f64,
    /// It is so much or more: the wait was not over.
    pub or_more: bool,
}

impl Measure {
    /// The measure that a directive calls `name`: `stay-rate`, `visit-p99`, `memory`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn find(name: &str) -> Result<Self, String> {
        let (crowd, rest) = match name.split_once('-') {
            Some(("stay", rest)) => (Crowd::Stay, rest),
            Some(("visit", rest)) => (Crowd::Visit, rest),
            _ => (Crowd::Idle, name),
        };
        let of_memory = crowd == Crowd::Idle;
        let what = WHATS.iter().find(|what| {
            what.name == rest && (what.unit == Unit::Size) == of_memory
        });
        what.map(|what| Measure { what, crowd }).ok_or_else(|| {
            format!(
                "no measure {name}, expected stay- or visit- and rate, p50, p99, \
                 answers-p50 or answers-p99; or memory, rss, peak or kernel"
            )
        })
    }

    /// Its unit.
    pub fn unit(self) -> Unit {
        self.what.unit
    }

    /// What it is.
    pub fn title(self, lang: Lang) -> String {
        let crowd = match self.crowd {
            Crowd::Stay => lang.say(", clients that stay", "，长连接"),
            Crowd::Visit => lang.say(", clients that come and go", "，短连接"),
            Crowd::Idle => "",
        };
        lang.say(self.what.title[0], self.what.title[1]).to_string() + crowd
    }

    /// The medians of all servers, in the order of the figures.
    pub fn series(self, measured: &Measured) -> Vec<Series> {
        let mut all: Vec<Series> = Vec::new();
        for point in measured.points.iter().filter(|point| self.is_of(point)) {
            let place = all.iter().position(|series| series.server == point.server);
            let place = place.unwrap_or_else(|| {
                let server = point.server.clone();
                all.push(Series { server, values: Vec::new() });
                all.len() - 1
            });
            all[place].values.push(self.median(point));
        }
        all
    }

    fn is_of(self, point: &Point) -> bool {
        let memory = self.what.unit == Unit::Size && point.crowd == Crowd::Stay;
        !point.rounds.is_empty() && (point.crowd == self.crowd || memory)
    }

    fn median(self, point: &Point) -> Value {
        let mut values: Vec<_> = point.rounds.iter().map(self.what.of).collect();
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (number, or_more) = values[values.len() / 2];
        Value { clients: point.clients, number, or_more }
    }
}

impl Unit {
    /// A number in words, two or three digits of it: `14200`, `0.87 ms`, `98 MB`.
    pub fn show(self, number: f64) -> String {
        let (number, unit) = match self {
            Unit::Count => (number, ""),
            Unit::Time if number < 1e3 => (number, " µs"),
            Unit::Time if number < 1e6 => (number / 1e3, " ms"),
            Unit::Time => (number / 1e6, " s"),
            Unit::Size if number < 1e6 => (number / 1e3, " kB"),
            Unit::Size if number < 1e9 => (number / 1e6, " MB"),
            Unit::Size => (number / 1e9, " GB"),
        };
        format!("{}{unit}", digits(number))
    }
}

/// Two or three digits that count.
fn digits(number: f64) -> String {
    match number {
        _ if number.fract() == 0.0 && number < 1000.0 => format!("{number:.0}"),
        0.0..1.0 => format!("{number:.2}"),
        0.0..10.0 => format!("{number:.1}"),
        0.0..1000.0 => format!("{number:.0}"),
        _ => {
            let step = 10_f64.powf(number.log10().floor() - 2.0);
            format!("{:.0}", (number / step).round() * step)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::measured::{Machine, Memory, Method, Wait};

    /// Two servers, of which one leaves nine of ten clients waiting.
    pub(crate) fn measured() -> Measured {
        let text = String::from("1.0");
        let (cpu, linux, rustc) = (text.clone(), text.clone(), text.clone());
        let (python, tokio, date) = (text.clone(), text.clone(), text);
        let busy_at_rest = Vec::new();
        let machine = Machine {
            cpu,
            cores: 2,
            linux,
            rustc,
            python,
            tokio,
            date,
            busy_at_rest,
        };
        let method = Method {
            rounds: 3,
            window_ms: 800,
            message: 64,
            questions: 50,
            own_cores: true,
        };
        let mut points = Vec::new();
        for (clients, crowd) in
            [(1, Crowd::Stay), (10, Crowd::Stay), (10_000, Crowd::Idle)]
        {
            for server in ["one", "threads"] {
                if server == "one" && crowd == Crowd::Idle {
                    continue;
                }
                let waits = server == "one" && clients > 1;
                let rounds = [30.0, 10.0, 20.0].map(|us| Round {
                    rate: 1e6 / us,
                    p50: Wait { us: if waits { 8e5 } else { us }, or_more: waits },
                    memory: Memory {
                        pss: 1000 + clients as u64,
                        ..Memory::default()
                    },
                    ..Round::default()
                });
                let (server, rounds) = (server.to_string(), rounds.to_vec());
                points.push(Point { server, crowd, clients, rounds });
            }
        }
        Measured { machine, method, points }
    }

    #[test]
    fn a_value_is_the_median_of_its_rounds() {
        let all = Measure::find("stay-p50").unwrap().series(&measured());
        let names: Vec<_> = all.iter().map(|series| &*series.server).collect();
        assert_eq!(names, ["one", "threads"]);
        let value = |clients, number, or_more| Value { clients, number, or_more };
        assert_eq!(all[0].values, [value(1, 20.0, false), value(10, 8e5, true)]);
        assert_eq!(all[1].values, [value(1, 20.0, false), value(10, 20.0, false)]);
    }

    #[test]
    fn memory_is_of_clients_that_rest_too() {
        let all = Measure::find("memory").unwrap().series(&measured());
        let clients = |series: &Series| -> Vec<_> {
            series.values.iter().map(|value| value.clients).collect()
        };
        assert_eq!(clients(&all[0]), [1, 10]);
        assert_eq!(clients(&all[1]), [1, 10, 10_000]);
    }

    #[test]
    fn an_unknown_measure_is_refused() {
        for name in ["rate", "stay-memory", "stay-", "nope", "visit-p42"] {
            let error = Measure::find(name).unwrap_err();
            assert!(error.contains("expected stay-"), "{error}");
        }
    }

    #[test]
    fn numbers_have_two_or_three_digits_that_count() {
        let count = |number| Unit::Count.show(number);
        assert_eq!([count(7.0), count(42.0), count(39_160.0)], ["7", "42", "39200"]);
        let time = |number| Unit::Time.show(number);
        assert_eq!([time(24.3), time(3_920.0)], ["24 µs", "3.9 ms"]);
        assert_eq!([time(860.0), time(1_230_000.0)], ["860 µs", "1.2 s"]);
        let size = |number| Unit::Size.show(number);
        assert_eq!([size(645e3), size(98.4e6)], ["645 kB", "98 MB"]);
    }
}
