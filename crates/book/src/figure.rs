//! `{{#figure}}`: a drawing of `docs/figures` in the page, in one language.

use std::path::Path;

use crate::{Lang, read};

/// The drawing `docs/figures/NAME.svg` without the lines of the other language. It is
/// put into the page itself, so that it takes the theme's colours.
///
/// # Errors
///
/// The file that cannot be read.
pub fn render(root: &Path, lang: Lang, name: &str) -> Result<String, String> {
    Ok(in_page(lang, &read(root, &format!("docs/figures/{name}.svg"))?))
}

/// A drawing in both languages as a part of a page in one.
pub(crate) fn in_page(lang: Lang, svg: &str) -> String {
    let other = format!("lang=\"{}\"", lang.other().folder());
    // A blank line would end the HTML block; an XML declaration has no place in a page.
    let kept = svg.lines().filter(|line| {
        !line.contains(&other)
            && !line.trim().is_empty()
            && !line.starts_with("<?xml")
    });
    let lines: Vec<_> = kept.map(str::trim_start).collect();
    format!("<figure class=\"drawing\">\n{}\n</figure>\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_book_has_its_own_words_and_no_blank_line() {
        let root = scene::find::root();
        for lang in Lang::ALL {
            let figure = render(&root, lang, "layers").unwrap();
            let has =
                |lang: Lang| figure.contains(&format!("lang=\"{}\"", lang.folder()));
            assert!(has(lang) && !has(lang.other()));
            assert!(!figure.trim_end().lines().any(|line| line.trim().is_empty()));
            assert!(
                figure.starts_with("<figure")
                    && figure.ends_with("</svg>\n</figure>\n")
            );
        }
    }
}
