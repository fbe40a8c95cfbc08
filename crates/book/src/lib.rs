//! What the books have beyond Markdown: scenes, code, differences and figures, each by
//! one directive alone on its line; and a link to the same page in the other language.
//!
//! | directive | becomes |
//! | --- | --- |
//! | `{{#scene echo/good_run}}` | `crates/01-echo/scenes/good_run.scene`, terminals side by side |
//! | `{{#file PATH}}` | a whole file, its path above it |
//! | `{{#item PATH NAME}}` | one item of a Rust file with its doc comment |
//! | `{{#diff PATH NAME PATH NAME}}` | how the second item differs from the first |
//! | `{{#diff PATH PATH}}` | how the second file differs from the first |
//! | `{{#figure layers}}` | `docs/figures/layers.svg` |
//! | `{{#stream sticky-packet/glued}}` | what a scene wrote and read, drawn over the bytes |
//! | `{{#trace glue}}` | what passed in the scene `wiretap/glue`, drawn from its record, `docs/figures/glue.jsonl` |
//! | `{{#trace frames --frames}}` | the same, and where each frame begins |
//! | `{{#plot clients stay-rate}}` | a measure of `docs/figures/clients.json`, against the number of clients |
//! | `{{#table clients stay-p50 stay-p99}}` | the same in figures; several measures share a cell |
//! | `{{#table files}}` | how fast each way in `docs/figures/files.json` copies |
//!
//! Paths start at the workspace's folder. `NAME` is an item's name, or how its line
//! begins where the name alone is not enough: `impl Read for Tap`.

pub mod code;
pub mod copies;
pub mod figure;
pub mod html;
pub mod measure;
pub mod measured;
pub mod plot;
pub mod scene_html;
pub mod stream;
pub mod table;
pub mod trace;

use std::fs;
use std::path::Path;

/// The language of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English: `docs/en`.
    En,
    /// Simplified Chinese: `docs/zh`.
    Zh,
}

impl Lang {
    /// Both.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Zh];

    /// The language of `language` in a `book.toml`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Lang::ALL.into_iter().find(|lang| lang.tag() == tag)
    }

    /// As HTML's `lang` has it.
    pub fn tag(self) -> &'static str {
        self.say("en", "zh-CN")
    }

    /// The folder of its book.
    pub fn folder(self) -> &'static str {
        self.say("en", "zh")
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Lang::En => Lang::Zh,
            Lang::Zh => Lang::En,
        }
    }

    /// One of the same words in both languages.
    pub fn say<T>(self, en: T, zh: T) -> T {
        match self {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}

/// Renders the chapter `path` (inside `src/`) of one book: every directive replaced,
/// the link to its twin on top.
///
/// # Errors
///
/// The first directive that is wrong, with its place.
pub fn chapter(
    root: &Path,
    lang: Lang,
    path: &str,
    markdown: &str,
) -> Result<String, String> {
    let mut page = other_language(lang, path);
    for (index, line) in markdown.lines().enumerate() {
        let rendered = directive(line).and_then(|found| match found {
            Some(text) => render(root, lang, text).map(|block| indent(line, &block)),
            None => Ok(line.to_string()),
        });
        let at = || {
            format!(
                "docs/{}/src/{path}:{}: {}",
                lang.folder(),
                index + 1,
                line.trim()
            )
        };
        page += &rendered.map_err(|error| format!("{}: {error}", at()))?;
        page.push('\n');
    }
    Ok(page)
}

/// The inside of the directive that is the whole of `line`, if there is one.
///
/// # Errors
///
/// A directive that is not alone on its line, and not in `` `code` `` either.
pub fn directive(line: &str) -> Result<Option<&str>, String> {
    let alone =
        line.trim().strip_prefix("{{#").and_then(|rest| rest.strip_suffix("}}"));
    if alone.is_none() && line.replace("`{{#", "").contains("{{#") {
        return Err("expected a directive alone on its line: {{#name ...}}".into());
    }
    Ok(alone)
}

fn render(root: &Path, lang: Lang, directive: &str) -> Result<String, String> {
    let (name, rest) = directive.split_once(' ').unwrap_or((directive, ""));
    let words: Vec<_> = rest.split_whitespace().collect();
    match (name, words.as_slice()) {
        ("scene", [scene]) => scene_html::render(root, lang, scene),
        ("stream", [scene]) => stream::render(root, lang, scene),
        ("trace", [name]) => trace::render(root, lang, name, false),
        ("trace", [name, "--frames"]) => trace::render(root, lang, name, true),
        ("plot", [name, measure]) => plot::render(root, lang, name, measure),
        ("table", [name]) => copies::render(root, lang, name),
        ("table", [name, measures @ ..]) => table::render(root, lang, name, measures),
        ("figure", [figure]) => figure::render(root, lang, figure),
        ("file", [path]) => code::file(root, path),
        ("item", [path, name @ ..]) if !name.is_empty() => {
            code::item(root, path, &name.join(" "))
        }
        ("diff", [old, new]) => code::diff(root, (old, None), (new, None)),
        ("diff", [old, old_item, new, new_item]) => {
            code::diff(root, (old, Some(old_item)), (new, Some(new_item)))
        }
        _ => Err("expected {{#scene LESSON/NAME}}, {{#file PATH}}, {{#item PATH NAME}}, \
                  {{#diff PATH NAME PATH NAME}}, {{#diff PATH PATH}}, {{#figure NAME}}, \
                  {{#stream LESSON/NAME}}, {{#trace NAME [--frames]}}, {{#plot NAME MEASURE}} \
                  or {{#table NAME [MEASURE...]}}"
            .into()),
    }
}

/// A directive in a list item stays there: what it becomes is indented as it was.
fn indent(line: &str, block: &str) -> String {
    let blanks = &line[..line.len() - line.trim_start().len()];
    let lines: Vec<_> =
        block.lines().map(|line| format!("{blanks}{line}")).collect();
    lines.join("\n")
}

fn other_language(lang: Lang, path: &str) -> String {
    let up = "../".repeat(path.matches('/').count() + 1);
    let page = path.strip_suffix(".md").unwrap_or(path);
    let (other, text) = (lang.other(), lang.say("中文", "English"));
    format!(
        "<p class=\"other-language\"><a href=\"{up}{folder}/{page}.html\" lang=\"{tag}\" \
         hreflang=\"{tag}\">{text}</a></p>\n\n",
        folder = other.folder(),
        tag = other.tag(),
    )
}

/// Reads a file of the workspace; an error names it.
fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path))
        .map_err(|error| format!("cannot read {path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(markdown: &str) -> Result<String, String> {
        chapter(&scene::find::root(), Lang::Zh, "01-echo.md", markdown)
    }

    #[test]
    fn the_twin_is_linked_in_its_own_language() {
        let page = page("# 回声").unwrap();
        assert!(page.starts_with(
            "<p class=\"other-language\"><a href=\"../en/01-echo.html\" lang=\"en\" \
             hreflang=\"en\">English</a></p>\n\n# 回声"
        ));
    }

    #[test]
    fn a_directive_in_a_list_stays_in_it() {
        let page = page("- one\n\n  {{#item crates/01-echo/src/lib.rs MAX_REPLY}}")
            .unwrap();
        assert!(page.contains("\n  ```rust\n  /// How many"), "{page}");
    }

    #[test]
    fn a_wrong_directive_is_an_error_that_names_it() {
        for (wrong, why) in [
            ("{{#sceen echo/good_run}}", "expected {{#scene LESSON/NAME}}"),
            ("{{#scene echo}}", "expected LESSON/NAME"),
            ("{{#scene nope/good_run}}", "no lesson nope"),
            ("{{#scene echo/nope}}", "cannot read crates/01-echo/scenes/nope.scene"),
            ("{{#file crates/nope.rs}}", "cannot read crates/nope.rs"),
            ("{{#item crates/01-echo/src/lib.rs}}", "expected {{#scene"),
            ("{{#item crates/01-echo/src/lib.rs nope}}", "no item nope"),
            ("{{#figure nope}}", "cannot read docs/figures/nope.svg"),
            ("see {{#figure layers}}", "alone on its line"),
            ("{{#figure layers}", "alone on its line"),
        ] {
            let error = page(wrong).unwrap_err();
            let place = format!("docs/zh/src/01-echo.md:1: {wrong}: ");
            assert!(error.starts_with(&place) && error.contains(why), "{error}");
        }
        assert!(page("Write `{{#scene echo/good_run}}`.").is_ok());
    }
}
