//! `{{#file}}`, `{{#item}}`, `{{#diff}}`: code as the compiler sees it.

use std::path::Path;

use similar::TextDiff;

use crate::html::escape;
use crate::read;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

/// A whole file, its path above it.
///
/// # Errors
///
/// The file that cannot be read.
pub fn file(root: &Path, path: &str) -> Result<String, String> {
    let text = read(root, path)?;
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let language = match extension {
        "rs" => "rust",
        "jsonl" => "json", // which the highlighter knows
        "scene" | "" => "text",
        other => other,
    };
    Ok(format!("{}{}", caption(&escape(path)), fenced(language, &text)))
}

/// One item of a Rust file, with its doc comment and attributes.
///
/// # Errors
///
/// No file, or not exactly one item of that name.
pub fn item(root: &Path, path: &str, name: &str) -> Result<String, String> {
    let source = read(root, path)?;
    Ok(fenced("rust", &find_item(path, &source, name)?))
}

/// A file, or one item of it.
pub type Part<'a> = (&'a str, Option<&'a str>);

/// How `new` differs from `old`; doc comments are left out.
///
/// # Errors
///
/// As [`item`]; or two parts without a difference.
pub fn diff(root: &Path, old: Part, new: Part) -> Result<String, String> {
    let (old_code, new_code) = (code_of(root, old)?, code_of(root, new)?);
    if old_code == new_code {
        return Err("expected two parts that differ".into());
    }
    let diff = TextDiff::from_lines(&old_code, &new_code);
    let mut unified = diff.unified_diff();
    let hunks: Vec<_> = unified.context_radius(CONTEXT).iter_hunks().collect();
    let lone = hunks.len() == 1;
    let lines: String = hunks
        .iter()
        .map(|hunk| match lone {
            true => {
                hunk.to_string().split_once('\n').unwrap_or_default().1.to_string()
            }
            false => hunk.to_string(),
        })
        .collect();
    let title = |(path, name): Part| match name {
        Some(name) => format!("{}: <b>{}</b>", escape(path), escape(name)),
        None => escape(path),
    };
    let title = format!("{} → {}", title(old), title(new));
    Ok(format!("{}{}", caption(&title), fenced("diff", &lines)))
}

fn code_of(root: &Path, (path, name): Part) -> Result<String, String> {
    let source = read(root, path)?;
    let source = match name {
        Some(name) => find_item(path, &source, name)?,
        None => source,
    };
    let is_doc =
        |line: &str| ["///", "//!"].iter().any(|sign| line.starts_with(sign));
    let kept = source.lines().filter(|line| !is_doc(line.trim_start()));
    Ok(kept.map(|line| format!("{line}\n")).collect())
}

/// The lines of an item. rustfmt has written the file: an item ends where a bracket
/// closes at the indentation at which it began.
fn find_item(path: &str, source: &str, name: &str) -> Result<String, String> {
    let lines: Vec<_> = source.lines().collect();
    let mut found = (0..lines.len()).filter(|&at| begins(lines[at], name));
    let at = found.next().ok_or_else(|| format!("no item {name} in {path}"))?;
    if let Some(second) = found.next() {
        return Err(format!(
            "{name} stands in {path} at line {} and line {}, expected how one of them begins, \
             such as `fn {name}` or `impl Read for {name}`",
            at + 1,
            second + 1
        ));
    }
    let end = (at..lines.len())
        .find(|&line| ends(&lines, at, line))
        .ok_or_else(|| format!("item {name} in {path} has no end"))?;
    let start = with_attributes(&lines, at);
    let margin = indentation(lines[at]);
    let cut = |line: &&str| line.get(margin..).unwrap_or("").to_string() + "\n";
    Ok(lines[start..=end].iter().map(cut).collect())
}

/// True if `line` begins the item `name`.
fn begins(line: &str, name: &str) -> bool {
    let public = ["pub ", "pub(crate) ", "pub(super) "];
    let mut rest = line.trim_start();
    rest = public.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    if let Some(behind) = rest.strip_prefix(name) {
        // `name` is how the line begins: `impl Read for Tap`.
        return name.contains(' ') && !behind.starts_with(is_word);
    }
    for word in ["async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    rest = rest
        .strip_prefix("const ")
        .filter(|rest| rest.starts_with("fn "))
        .unwrap_or(rest);
    let kinds =
        ["fn", "struct", "enum", "const", "static", "trait", "type", "mod", "impl"];
    let Some((kind, rest)) = rest.split_once(' ') else {
        return false;
    };
    let behind = rest.strip_prefix(name);
    kinds.contains(&kind)
        && behind.is_some_and(|behind| !behind.starts_with(is_word))
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// True if the item that begins at line `start` ends at `line`.
fn ends(lines: &[&str], start: usize, line: usize) -> bool {
    let (first, text) = (lines[start], lines[line]);
    let is_value = ["const ", "static ", "type "].iter().any(|kind| {
        let first = first.trim_start();
        let public = first.strip_prefix("pub").map_or(first, |rest| {
            rest.split_once(' ').map_or(rest, |(_, rest)| rest)
        });
        public.starts_with(kind) && !public.starts_with("const fn ")
    });
    if is_value || line == start {
        return text.ends_with(';') || (line == start && text.ends_with('}'));
    }
    let closes = text.trim_start().starts_with('}') || text.ends_with(");");
    closes && indentation(text) == indentation(first)
}

/// Where the doc comment and the attributes of the item at line `at` begin.
fn with_attributes(lines: &[&str], at: usize) -> usize {
    let mut start = at;
    while let Some(above) = start.checked_sub(1) {
        let text = lines[above].trim_start();
        if text == ")]" {
            let opens = |line: &usize| lines[*line].trim_start().starts_with("#[");
            start = (0..above).rev().find(opens).unwrap_or(above);
        } else if ["///", "//", "#["].iter().any(|sign| text.starts_with(sign))
            && !text.starts_with("//!")
        {
            start = above;
        } else {
            break;
        }
    }
    start
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn caption(html: &str) -> String {
    format!("<p class=\"file-caption\">{html}</p>\n\n")
}

fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_string();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"//! A file.

/// How many.
pub const MANY: usize = 3;

const USAGE: &str = "\
Usage: x

Does; much.
";

/// How long.
const PAUSE: Duration =
    Duration::from_millis(500);

struct Unit;

/// Both.
#[derive(
    Debug,
)]
struct Pair(
    u8,
    u8,
);

impl Pair {
    /// Adds.
    pub(crate) const fn add(
        &self,
        other: u8,
    ) -> u8 {
        if other == 0 {
            return 1;
        }
        2
    }
}

// Why.
fn add_all() {}

mod tests {
    fn twice() {
    }
}

fn twice() {
}
"#;

    fn find(name: &str) -> Result<String, String> {
        find_item("x.rs", SOURCE, name)
    }

    #[test]
    fn an_item_is_found_whole_with_what_belongs_to_it() {
        assert_eq!(
            find("MANY").unwrap(),
            "/// How many.\npub const MANY: usize = 3;\n"
        );
        assert!(find("USAGE").unwrap().ends_with("much.\n\";\n"));
        assert!(find("PAUSE").unwrap().ends_with(
            "const PAUSE: Duration =\n    Duration::from_millis(500);\n"
        ));
        assert_eq!(find("Unit").unwrap(), "struct Unit;\n");
        let pair = find("struct Pair").unwrap();
        assert!(
            pair.starts_with("/// Both.\n#[derive(") && pair.ends_with("u8,\n);\n")
        );
        assert!(find("impl Pair").unwrap().ends_with("    }\n}\n"));
        assert_eq!(find("add_all").unwrap(), "// Why.\nfn add_all() {}\n");
    }

    #[test]
    fn a_method_is_moved_to_the_margin() {
        let method = find("add").unwrap();
        assert!(
            method.starts_with("/// Adds.\npub(crate) const fn add(\n    &self,")
        );
        assert!(method.ends_with("    2\n}\n"), "{method}");
    }

    #[test]
    fn a_name_that_is_missing_or_stands_twice_is_an_error() {
        assert_eq!(find("nope").unwrap_err(), "no item nope in x.rs");
        assert!(find("ad").is_err());
        assert!(find("twice").unwrap_err().contains(" and line "));
        assert!(
            find("Pair").unwrap_err().contains("expected how one of them begins")
        );
    }

    #[test]
    fn a_fence_is_longer_than_any_inside_it() {
        assert_eq!(
            fenced("rust", "a\n//! ```\nb\n"),
            "````rust\na\n//! ```\nb\n````\n"
        );
    }

    #[test]
    fn a_difference_leaves_the_doc_comments_out() {
        let root = scene::find::root();
        let (echo, talk) =
            ("crates/01-echo/src/lib.rs", "crates/02-comm-loop/src/lib.rs");
        let shown =
            diff(&root, (echo, Some("answer")), (talk, Some("talk"))).unwrap();
        assert!(shown.starts_with(
            "<p class=\"file-caption\">crates/01-echo/src/lib.rs: <b>answer</b> → "
        ));
        assert!(
            shown.contains("```diff\n-pub fn answer(")
                && shown.contains("\n+    loop {")
        );
        assert!(!shown.contains("///") && !shown.contains("@@"), "{shown}");
        let same = diff(&root, (echo, None), (echo, None));
        assert!(same.unwrap_err().contains("expected two parts that differ"));
    }

    #[test]
    fn a_file_says_where_it_stands_and_in_which_language() {
        let shown =
            file(&scene::find::root(), "crates/01-echo/scenes/good_run.scene")
                .unwrap();
        assert!(shown.starts_with(
            "<p class=\"file-caption\">crates/01-echo/scenes/good_run.scene</p>\n\n```text\ntitle.en"
        ));
    }
}
