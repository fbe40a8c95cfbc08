//! Lines, boxes and words of a drawing, each on a line of its own.

/// One thing in both languages of the course: English, Chinese.
pub type Both = [String; 2];

/// The values of `lang`, in the order of [`Both`].
const LANGS: [&str; 2] = ["en", "zh"];

/// Text that is safe in XML. What no XML may hold, and what would end a line, becomes
/// U+FFFD.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}' => {
                escaped.push('\u{fffd}');
            }
            _ if char.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(char),
        }
    }
    escaped
}

/// An element in both languages; in one line if they say the same. `attributes` is a
/// blank and what follows it, or nothing.
pub fn both(element: &str, attributes: &str, text: &Both) -> String {
    let [en, zh] = text;
    if en == zh {
        return format!("<{element}{attributes}>{}</{element}>\n", escape(en));
    }
    LANGS
        .iter()
        .zip(text)
        .map(|(lang, text)| {
            let text = escape(text);
            format!("<{element} lang=\"{lang}\"{attributes}>{text}</{element}>\n")
        })
        .collect()
}

/// Text of these classes, its baseline at `y`.
pub fn text(class: &str, x: i32, y: i32, text: &Both) -> String {
    both("text", &format!(" class=\"{class}\" x=\"{x}\" y=\"{y}\""), text)
}

/// Text that is the same in both languages.
pub fn same(text: &str) -> Both {
    [text.to_string(), text.to_string()]
}

/// A line from left to right, or back.
pub fn line(class: &str, from: i32, to: i32, y: i32) -> String {
    format!("<path class=\"{class}\" d=\"M{from} {y}H{to}\"/>\n")
}

/// The line of a reset: a zigzag.
pub fn zigzag(class: &str, from: i32, to: i32, y: i32) -> String {
    let step = 8 * (to - from).signum();
    let mut path = format!("M{from} {y}");
    let mut rise = -6;
    for x in (1..(to - from) / step).map(|count| from + count * step) {
        path += &format!("L{x} {}", y + rise);
        rise = -rise;
    }
    format!("<path class=\"{class}\" d=\"{path}L{to} {y}\"/>\n")
}

/// The head of an arrow that comes from `from`, its point at `x`.
pub fn head(class: &str, from: i32, x: i32, y: i32) -> String {
    let back = 13 * (from - x).signum();
    format!("<path class=\"{class}\" d=\"M{x} {y}l{back} -7v14z\"/>\n")
}

/// The end of an end of file: a bar across the line.
pub fn bar(class: &str, x: i32, y: i32) -> String {
    format!("<path class=\"{class}\" d=\"M{x} {}v22\"/>\n", y - 11)
}

/// What goes no further: a cross.
pub fn cross(class: &str, x: i32, y: i32) -> String {
    let (left, top) = (x - 8, y - 8);
    format!("<path class=\"{class}\" d=\"M{left} {top}l16 16m0 -16l-16 16\"/>\n")
}

/// A dial: time has run out.
pub fn dial(class: &str, x: i32, y: i32) -> String {
    format!(
        "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"11\"/>\n\
         <path class=\"{class}\" d=\"M{x} {}V{y}h6\"/>\n",
        y - 7
    )
}

/// A box with round corners.
pub fn rect(class: &str, x: i32, y: i32, width: i32, height: i32) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" \
         height=\"{height}\" rx=\"8\"/>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_of_xml_and_no_end_of_line_is_left() {
        assert_eq!(escape(r#"<a & "b">"#), "&lt;a &amp; &quot;b&quot;&gt;");
        let wrong = "a\0b\nc\u{1b}d\u{85}e\u{ffff}f\u{2028}你";
        let fffd = '\u{fffd}';
        let right = format!("a{fffd}b{fffd}c{fffd}d{fffd}e{fffd}f{fffd}你");
        assert_eq!(escape(wrong), right);
    }

    #[test]
    fn what_is_the_same_in_both_languages_is_said_once() {
        assert_eq!(both("b", "", &same("<")), "<b>&lt;</b>\n");
        let two = both("b", " x=\"1\"", &["a".into(), "甲".into()]);
        assert_eq!(
            two,
            "<b lang=\"en\" x=\"1\">a</b>\n<b lang=\"zh\" x=\"1\">甲</b>\n"
        );
    }

    #[test]
    fn a_zigzag_begins_and_ends_on_the_line_both_ways() {
        for (from, to) in [(10, 42), (42, 10), (0, 590)] {
            let path = zigzag("x", from, to, 5);
            assert!(path.contains(&format!("\"M{from} 5L")), "{path}");
            assert!(path.contains(&format!("L{to} 5\"")), "{path}");
        }
    }
}
