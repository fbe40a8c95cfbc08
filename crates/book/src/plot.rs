//! `{{#plot NAME MEASURE}}`: what was measured, a line for each server against the
//! number of clients, drawn from `docs/figures/NAME.json`. Both axes are logarithmic.

use std::path::Path;

use crate::Lang;
use crate::html::escape;
use crate::measure::{Measure, Series, Unit, Value};
use crate::measured::Measured;
use crate::table::{server, source};

/// In the units of the `viewBox`.
const WIDTH: f64 = 570.0;
const HEIGHT: f64 = 440.0;

/// The edges of the field in it.
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 134.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = HEIGHT - 58.0;

/// From one name beside the field to the next.
const NAME_HEIGHT: f64 = 24.0;

const STYLE: &str = include_str!("plot/style.css");

/// Draws a measure.
///
/// # Errors
///
/// No such figures, or no such measure.
pub fn render(
    root: &Path,
    lang: Lang,
    name: &str,
    measure: &str,
) -> Result<String, String> {
    let measured = Measured::read(root, name)?;
    let id = format!("plot-{name}-{measure}");
    let svg = svg(&measured, lang, Measure::find(measure)?, &id)?;
    Ok(format!("<figure class=\"drawing\">\n{svg}</figure>\n"))
}

/// A drawing that also stands alone, each element on a line.
///
/// # Errors
///
/// There are no figures of this measure.
pub fn svg(
    measured: &Measured,
    lang: Lang,
    measure: Measure,
    id: &str,
) -> Result<String, String> {
    let all = measure.series(measured);
    let field = Field::new(&all).ok_or("there are no figures of it")?;
    let title = measure.title(lang);
    let mut svg = format!(
        "<svg id=\"{id}\" class=\"plot\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"{id}-title\">{}</title>\n\
         <desc id=\"{id}-desc\">{}</desc>\n<style>\n{}</style>\n",
        escape(&title),
        escape(&words(
            &all,
            measure.unit(),
            lang,
            &source(measured, lang).replace("**", "")
        )),
        STYLE.replace("#ID", &format!("#{id}")),
    );
    svg += &text("b", 4.0, 22.0, &title);
    svg += &field.axes(measure.unit(), lang);
    for series in &all {
        svg += &field.line(series);
    }
    Ok(svg + &field.names(&all) + "</svg>\n")
}

/// All of it for who does not see it.
fn words(all: &[Series], unit: Unit, lang: Lang, source: &str) -> String {
    let mut words = lang
        .say("With 1, 10, 100 ... clients. ", "客户端分别是 1、10、100……个。")
        .to_string();
    for series in all {
        let values = series.values.iter().map(|value| {
            let more =
                if value.or_more { lang.say("more than ", "超过 ") } else { "" };
            more.to_string() + &unit.show(value.number)
        });
        let values: Vec<_> = values.collect();
        let (colon, stop) = (lang.say(": ", "："), lang.say(". ", "。"));
        words += &format!(
            "{}{colon}{}{stop}",
            server(&series.server),
            values.join(lang.say(", ", "，"))
        );
    }
    words + source
}

/// What the two axes span.
struct Field {
    /// The clients: from one to this power of ten.
    clients: i32,
    /// From the first of these to the last; each has a line.
    ticks: Vec<f64>,
}

impl Field {
    fn new(all: &[Series]) -> Option<Self> {
        let values = || all.iter().flat_map(|series| &series.values);
        let numbers = || values().map(|value| value.number.max(1.0));
        let (low, high) =
            (numbers().fold(f64::MAX, f64::min), numbers().fold(1.0, f64::max));
        let clients = values().map(|value| value.clients).max()? as f64;
        let steps: &[f64] =
            if high / low > 500.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let all: Vec<_> = (0..=12)
            .flat_map(|power| {
                steps.iter().map(move |step| step * 10_f64.powi(power))
            })
            .collect();
        let first = all.iter().rposition(|tick| *tick <= low).unwrap_or(0);
        let last = all.iter().position(|tick| *tick >= high).unwrap_or(first + 1);
        let ticks = all[first..=last.max(first + 1)].to_vec();
        Some(Field { clients: clients.log10().ceil().max(1.0) as i32, ticks })
    }

    fn x(&self, clients: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * (clients as f64).log10() / f64::from(self.clients)
    }

    fn y(&self, number: f64) -> f64 {
        let (low, high) = (self.ticks[0], self.ticks[self.ticks.len() - 1]);
        BOTTOM
            - (BOTTOM - TOP) * (number.max(1.0) / low).log10() / (high / low).log10()
    }

    fn axes(&self, unit: Unit, lang: Lang) -> String {
        let mut svg = String::new();
        for &number in &self.ticks {
            let y = self.y(number);
            svg += &grid(LEFT, y, RIGHT, y);
            svg += &text("e", LEFT - 10.0, y + 6.0, &tick(unit, number));
        }
        for power in 0..=self.clients {
            let clients = 10_usize.pow(power as u32);
            let x = self.x(clients);
            svg += &grid(x, TOP, x, BOTTOM);
            svg += &text("m", x, BOTTOM + 24.0, &clients.to_string());
        }
        let middle = (LEFT + RIGHT) / 2.0;
        svg + &text("m", middle, HEIGHT - 10.0, lang.say("clients", "客户端数"))
    }

    fn line(&self, series: &Series) -> String {
        let place = |value: &Value| (self.x(value.clients), self.y(value.number));
        let points: Vec<_> = series
            .values
            .iter()
            .map(|value| format!("{:.0} {:.0}", place(value).0, place(value).1))
            .collect();
        let class = &series.server;
        let mut svg =
            format!("<path class=\"{class} line\" d=\"M{}\"/>\n", points.join("L"));
        for value in &series.values {
            let (x, y) = place(value);
            svg += &match value.or_more {
                true => format!(
                    "<path class=\"{class} more\" d=\"M{x:.0} {y:.0}v-20m-6 8l6 -8l6 8\"/>\n"
                ),
                false => format!(
                    "<circle class=\"{class} dot\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"5\"/>\n"
                ),
            };
        }
        svg
    }

    /// Each name beside the end of its line; names that would lie on each other make
    /// room.
    fn names(&self, all: &[Series]) -> String {
        let mut ends: Vec<_> = all
            .iter()
            .filter_map(|series| Some((series.values.last()?, &series.server)))
            .map(|(last, name)| (self.x(last.clients), self.y(last.number), name))
            .collect();
        ends.sort_by(|one, other| one.1.total_cmp(&other.1));
        let places = apart(ends.iter().map(|end| end.1).collect());
        let mut svg = String::new();
        for ((x, y, name), place) in ends.into_iter().zip(places) {
            svg += &format!(
                "<path class=\"lead\" d=\"M{:.0} {y:.0}L{:.0} {place:.0}\"/>\n",
                x + 6.0,
                RIGHT + 22.0,
            );
            let class = format!("{name} name");
            svg += &text(&class, RIGHT + 26.0, place + 6.0, server(name));
        }
        svg
    }
}

/// The heights, from above, moved so that each is [`NAME_HEIGHT`] below the one before,
/// and all inside the field.
fn apart(mut heights: Vec<f64>) -> Vec<f64> {
    let mut above = f64::MIN;
    for height in &mut heights {
        *height = height.max(above + NAME_HEIGHT);
        above = *height;
    }
    let mut below = BOTTOM + NAME_HEIGHT;
    for height in heights.iter_mut().rev() {
        *height = height.min(below - NAME_HEIGHT);
        below = *height;
    }
    heights
}

/// A number at the axis.
fn tick(unit: Unit, number: f64) -> String {
    match unit {
        Unit::Count if number >= 1e6 => format!("{} M", number / 1e6),
        Unit::Count if number >= 1e3 => format!("{} k", number / 1e3),
        _ => unit.show(number),
    }
}

fn grid(x: f64, y: f64, to_x: f64, to_y: f64) -> String {
    format!("<path class=\"grid\" d=\"M{x:.0} {y:.0}L{to_x:.0} {to_y:.0}\"/>\n")
}

fn text(class: &str, x: f64, y: f64, text: &str) -> String {
    let text = escape(text);
    format!("<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\">{text}</text>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::tests::measured;

    fn drawn(lang: Lang, measure: &str) -> String {
        let measure = Measure::find(measure).unwrap();
        svg(&measured(), lang, measure, "plot-x").unwrap()
    }

    #[test]
    fn each_server_has_a_line_and_its_name_beside_it() {
        let svg = drawn(Lang::En, "stay-p50");
        let document = roxmltree::Document::parse(&svg).unwrap();
        let of_class = |class: &str| {
            let nodes = document.descendants();
            nodes.filter(|node| node.attribute("class") == Some(class)).count()
        };
        for server in ["one", "threads"] {
            assert_eq!(of_class(&format!("{server} line")), 1, "{svg}");
            assert_eq!(of_class(&format!("{server} name")), 1, "{svg}");
        }
        assert_eq!(of_class("one more"), 1, "who still waits has an arrow: {svg}");
        assert!(!svg.lines().any(|line| line.trim().is_empty()));
    }

    #[test]
    fn what_is_seen_is_also_said() {
        let svg = drawn(Lang::En, "stay-p50");
        assert!(svg.contains("one: 20 µs, more than 800 ms. "), "{svg}");
        let svg = drawn(Lang::Zh, "stay-p50");
        assert!(svg.contains("one：20 µs，超过 800 ms。"), "{svg}");
    }

    #[test]
    fn names_are_apart_and_stay_in_the_field() {
        let places = apart(vec![100.0, 101.0, 102.0, BOTTOM, BOTTOM]);
        assert!(places.windows(2).all(|two| two[1] - two[0] >= NAME_HEIGHT));
        assert!(places.iter().all(|place| (TOP..=BOTTOM).contains(place)));
    }

    #[test]
    fn the_figures_that_are_kept_can_be_drawn_and_listed() {
        let root = scene::find::root();
        for name in ["stay-rate", "stay-p99", "visit-p50", "memory", "kernel"] {
            for lang in Lang::ALL {
                render(&root, lang, "clients", name).unwrap();
                crate::table::render(&root, lang, "clients", &[name]).unwrap();
            }
        }
    }
}
