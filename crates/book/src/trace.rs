//! `{{#trace}}`: what passed between the programs of one of wiretap's scenes, as a
//! sequence diagram. It is drawn from `docs/figures/NAME.jsonl`, the record that a test
//! compares with what the scene NAME gives (`crates/wiretap/tests/figures.rs`).

use std::path::Path;

use wiretap::record::Record;
use wiretap::svg::{Drawing, Options};

use crate::{Lang, figure, read, scene_html};

/// Draws the record of the scene `wiretap/NAME`; with the course's frames in its
/// pieces if they are wanted.
///
/// # Errors
///
/// No such record or scene, or a record that is wrong.
pub fn render(
    root: &Path,
    lang: Lang,
    name: &str,
    frames: bool,
) -> Result<String, String> {
    let path = format!("docs/figures/{name}.jsonl");
    let text = read(root, &path)?;
    let (_, scene) = scene_html::find(root, &format!("wiretap/{name}"))?;
    let title = Some([scene.title.en, scene.title.zh]);
    let id = format!("trace-{name}");
    let options = Options { id, title, limit: usize::MAX, frames, quiet: false };
    let wrong = |error| format!("{path}: {error}");
    let mut record = Record::open(text.as_bytes()).map_err(wrong)?;
    let mut drawing = Drawing::new(options, &record.session);
    for event in &mut record {
        drawing.take(&event.map_err(wrong)?);
    }
    Ok(figure::in_page(lang, &drawing.svg()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_book_has_the_scene_s_title_and_only_its_own_words() {
        let root = scene::find::root();
        let en = render(&root, Lang::En, "glue", false).unwrap();
        let zh = render(&root, Lang::Zh, "glue", false).unwrap();
        let title = scene_html::find(&root, "wiretap/glue").unwrap().1.title;
        assert!(en.contains(&format!(">{}</title>", title.en)));
        assert!(zh.contains(&format!(">{}</title>", title.zh)));
        assert!(!en.contains("客户端") && !zh.contains(">client<"));
        for figure in [en, zh] {
            assert!(figure.contains(">hellofeng</text>"), "{figure}");
            assert!(!figure.trim_end().lines().any(|line| line.trim().is_empty()));
        }
    }
}
