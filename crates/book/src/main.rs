//! Usage: `book [supports RENDERER]`

use std::io::{self, Read, Write};
use std::process::ExitCode;

use serde_json::Value;

use book::Lang;

const USAGE: &str = "\
Usage: book [supports RENDERER]

The preprocessor of the books: mdbook starts it, writes [context, book] as JSON to its
stdin, and reads the book with all directives replaced from its stdout.

  supports RENDERER  exit 0 if the books can be rendered so: html only
  -h, --help         print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    match args.positional()?.as_deref() {
        None => args.finish().and_then(|()| Ok(preprocess()?)),
        Some("supports") if args.positional()?.as_deref() == Some("html") => Ok(()),
        Some(_) => {
            Err(cli::Error::Usage("expected nothing, or: supports html".into()))
        }
    }
}

fn preprocess() -> io::Result<()> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let mut input: Value = serde_json::from_str(&input)?;
    let language = &input[0]["config"]["book"]["language"];
    let lang = language.as_str().and_then(Lang::from_tag).ok_or_else(|| {
        io::Error::other(format!(
            "book.toml: language {language}, expected en or zh-CN"
        ))
    })?;
    chapters(&mut input[1], lang)?;
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, &input[1])?;
    stdout.flush()
}

/// Renders each chapter wherever it stands in the book's tree: a chapter is an object
/// with `content`.
fn chapters(value: &mut Value, lang: Lang) -> io::Result<()> {
    match value {
        Value::Array(items) => {
            items.iter_mut().try_for_each(|item| chapters(item, lang))
        }
        Value::Object(members) => {
            let path =
                members.get("path").and_then(Value::as_str).map(str::to_string);
            if let (Some(path), Some(Value::String(content))) =
                (path, members.get_mut("content"))
            {
                *content = book::chapter(&scene::find::root(), lang, &path, content)
                    .map_err(io::Error::other)?;
            }
            members.values_mut().try_for_each(|member| chapters(member, lang))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_chapter_is_rendered_however_deep_it_stands() {
        let deep = json!({"Chapter": {"path": "b/c.md", "content": "deep", "sub_items": []}});
        let mut book = json!({"items": [
            {"Chapter": {"path": "a.md", "content": "flat", "sub_items": [deep]}},
            "Separator",
        ]});
        chapters(&mut book, Lang::En).unwrap();
        let flat = &book["items"][0]["Chapter"];
        assert!(flat["content"].as_str().unwrap().contains("../zh/a.html"));
        let deep = flat["sub_items"][0]["Chapter"]["content"].as_str().unwrap();
        assert!(
            deep.contains("../../zh/b/c.html") && deep.ends_with("deep\n"),
            "{deep}"
        );
    }

    #[test]
    fn a_mistake_in_a_chapter_ends_the_build_and_is_named() {
        let mut book =
            json!([{"path": "a.md", "content": "x\n\n{{#sceen echo/good_run}}"}]);
        let error = chapters(&mut book, Lang::En).unwrap_err().to_string();
        assert!(
            error.starts_with("docs/en/src/a.md:3: {{#sceen echo/good_run}}: "),
            "{error}"
        );
    }
}
