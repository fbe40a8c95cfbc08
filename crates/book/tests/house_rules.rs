//! The rules of this repository, one test each. A failure says what to do.

mod outline;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use book::Lang;
use outline::Outline;
use scene::find::{lessons, root};

/// The headings of each lesson's chapter, in order (level 2).
const SPINE: [(&str, &str); 10] = [
    ("Goal", "目标"),
    ("Run it", "跑起来"),
    ("Read it", "读代码"),
    ("Break it", "弄坏它"),
    ("See it", "看见它"),
    ("Fix it", "修好它"),
    ("Still wrong", "还有什么不对"),
    ("Exercises", "练习"),
    ("For the teacher", "给老师"),
    ("Read more", "延伸阅读"),
];

/// Short commands may stand in a chapter as they are: so many lines at most.
const MAX_SH_LINES: usize = 3;

fn src(lang: Lang) -> PathBuf {
    root().join("docs").join(lang.folder()).join("src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// The chapters that SUMMARY.md names, in order.
fn chapters(lang: Lang) -> Vec<String> {
    Outline::new(&read(&src(lang).join("SUMMARY.md"))).links
}

fn chapter(lang: Lang, name: &str) -> String {
    read(&src(lang).join(name))
}

/// Each chapter that both books have, taken apart: English, Chinese.
fn pairs() -> Vec<(String, Outline, Outline)> {
    let outline = |lang, name: &str| Outline::new(&chapter(lang, name));
    let pair = |name: String| {
        let (en, zh) = (outline(Lang::En, &name), outline(Lang::Zh, &name));
        (name, en, zh)
    };
    chapters(Lang::En).into_iter().map(pair).collect()
}

/// The folders of the lessons: `crates/NN-name`.
fn lesson_folders() -> Vec<PathBuf> {
    let mut folders = children(&root().join("crates"));
    folders.retain(|folder| {
        let number =
            name(folder).split_once('-').map(|(number, _)| number.to_string());
        number.is_some_and(|number| number.parse::<u16>().is_ok())
    });
    folders
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[track_caller]
fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Says where two lists that should be equal differ first.
fn difference<T: PartialEq + std::fmt::Debug>(
    file: &str,
    what: &str,
    en: &[T],
    zh: &[T],
) -> Option<String> {
    let at = (0..en.len().max(zh.len())).find(|&at| en.get(at) != zh.get(at))?;
    Some(format!(
        "{file}: {what} {} differs: docs/en has {:?}, docs/zh has {:?}; make them the same",
        at + 1,
        en.get(at),
        zh.get(at)
    ))
}

#[test]
fn both_books_have_the_same_chapters_and_every_file_is_one() {
    let (en, zh) = (chapters(Lang::En), chapters(Lang::Zh));
    let mut problems: Vec<_> =
        difference("SUMMARY.md", "chapter", &en, &zh).into_iter().collect();
    for lang in Lang::ALL {
        let listed: BTreeSet<_> = chapters(lang).into_iter().collect();
        let files = children(&src(lang)).iter().map(|path| name(path)).collect();
        let here = format!("docs/{}/src", lang.folder());
        let unlisted = BTreeSet::difference(&files, &listed);
        problems.extend(unlisted.filter(|file| *file != "SUMMARY.md").map(|file| {
            format!("{here}/{file} is not in {here}/SUMMARY.md: add it there")
        }));
        problems.extend(
            listed
                .difference(&files)
                .map(|file| format!("{here}/{file} is missing: write it")),
        );
    }
    report(&problems);
}

#[test]
fn both_books_have_the_same_headings_code_and_scenes_in_each_chapter() {
    let mut problems = Vec::new();
    for (file, en, zh) in pairs() {
        let levels = |outline: &Outline| -> Vec<usize> {
            outline.headings.iter().map(|(level, _)| *level).collect()
        };
        problems.extend(difference(
            &file,
            "the level of heading",
            &levels(&en),
            &levels(&zh),
        ));
        problems.extend(difference(
            &file,
            "directive",
            &en.directives,
            &zh.directives,
        ));
        problems.extend(difference(&file, "fenced block", &en.fences, &zh.fences));
    }
    report(&problems);
}

#[test]
fn every_directive_of_every_chapter_can_be_rendered() {
    let mut problems = Vec::new();
    for lang in Lang::ALL {
        for file in chapters(lang) {
            problems.extend(
                book::chapter(&root(), lang, &file, &chapter(lang, &file)).err(),
            );
        }
    }
    report(&problems);
}

#[test]
fn every_scene_of_every_lesson_stands_in_both_books() {
    let mut problems = Vec::new();
    for lang in Lang::ALL {
        let outlines = chapters(lang)
            .into_iter()
            .map(|file| Outline::new(&chapter(lang, &file)));
        let directives: Vec<_> =
            outlines.flat_map(|outline| outline.directives).collect();
        for lesson in lessons(&root()) {
            for scene in lesson.scenes() {
                let directive = format!("scene {}/{scene}", lesson.package);
                if !directives.contains(&directive) {
                    let folder = lang.folder();
                    problems.push(format!(
                        "docs/{folder}: add {{{{#{directive}}}}} to a chapter"
                    ));
                }
            }
        }
    }
    report(&problems);
}

/// Who steps through them with `cargo scene` has that order, and the chapter beside it.
#[test]
fn every_lesson_lists_its_scenes_in_the_order_of_its_chapter() {
    let mut problems = Vec::new();
    for lesson in lessons(&root()) {
        let folder = name(&lesson.folder);
        let file = format!("{folder}.md");
        if !src(Lang::En).join(&file).is_file() {
            continue;
        }
        let directives = Outline::new(&chapter(Lang::En, &file)).directives;
        let place = |scene: &String| {
            let directive = format!("scene {}/{scene}", lesson.package);
            directives.iter().position(|one| *one == directive)
        };
        if !lesson.scenes().iter().filter_map(place).is_sorted() {
            problems.push(format!(
                "crates/{folder}/tests/scenes.rs: list them in the order of {file}"
            ));
        }
    }
    report(&problems);
}

#[test]
fn every_link_inside_the_books_leads_somewhere() {
    let mut problems = Vec::new();
    for lang in Lang::ALL {
        for file in chapters(lang) {
            for link in Outline::new(&chapter(lang, &file)).links {
                let at = format!("docs/{}/src/{file}: ({link})", lang.folder());
                problems.extend(
                    dead(lang, &file, &link).map(|why| format!("{at} {why}")),
                );
            }
        }
    }
    report(&problems);
}

/// Why a link leads nowhere, if it does. What is outside the book is not followed.
fn dead(lang: Lang, file: &str, link: &str) -> Option<String> {
    if ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
    {
        return None;
    }
    let (page, anchor) = link.split_once('#').unwrap_or((link, ""));
    let page = if page.is_empty() { file } else { page };
    if !chapters(lang).iter().any(|chapter| chapter == page) {
        return Some(format!("leads to no chapter of this book: {page}"));
    }
    let markdown = chapter(lang, page);
    let rendered = book::chapter(&root(), lang, page, &markdown).unwrap_or_default();
    let found = anchor.is_empty()
        || Outline::new(&markdown).anchors().iter().any(|known| known == anchor)
        || rendered.contains(&format!("id=\"{anchor}\""));
    (!found)
        .then(|| format!("leads to no heading and no scene of {page}: #{anchor}"))
}

#[test]
fn no_code_and_no_transcript_is_typed_into_a_chapter() {
    let mut problems = Vec::new();
    for lang in Lang::ALL {
        for file in chapters(lang) {
            for (language, lines) in Outline::new(&chapter(lang, &file)).fences {
                let short = lines.len() <= MAX_SH_LINES
                    && lines.iter().all(|line| !line.starts_with(['$', '>', '#']));
                if language != "sh" || !short {
                    problems.push(format!(
                        "docs/{}/src/{file}: a ```{language} block by hand ({} lines): include \
                         code with {{{{#item}}}}, {{{{#file}}}} or {{{{#diff}}}}, play a \
                         transcript as a {{{{#scene}}}}; only ```sh may hold commands, \
                         {MAX_SH_LINES} lines at most, without a prompt",
                        lang.folder(),
                        lines.len(),
                    ));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn every_chapter_of_a_lesson_has_the_same_headings() {
    let mut problems = Vec::new();
    for lang in Lang::ALL {
        let spine = SPINE.map(|(en, zh)| lang.say(en, zh));
        for folder in lesson_folders() {
            let path = src(lang).join(name(&folder)).with_extension("md");
            let Ok(markdown) = fs::read_to_string(&path) else {
                continue;
            };
            let outline = Outline::new(&markdown);
            let parts = outline.headings.iter().filter(|(level, _)| *level == 2);
            let parts: Vec<_> = parts.map(|(_, title)| title.as_str()).collect();
            if parts != spine {
                let here = path.strip_prefix(root()).unwrap_or(&path).display();
                problems.push(format!(
                    "{here}: its ## headings are {parts:?}, expected {spine:?}"
                ));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_lesson_has_its_parts() {
    let mut problems = Vec::new();
    for folder in lesson_folders() {
        problems.extend(
            missing_parts(&folder)
                .into_iter()
                .map(|part| format!("crates/{}: {part}", name(&folder))),
        );
    }
    report(&problems);
}

fn missing_parts(folder: &Path) -> Vec<String> {
    let folder_name = name(folder);
    let package = folder_name.split_once('-').map_or("", |(_, package)| package);
    let mut missing = Vec::new();
    let mut needs = |there: bool, what: String| {
        if !there {
            missing.push(what);
        }
    };
    for file in [
        "src/lib.rs".into(),
        format!("src/bin/{package}-server.rs"),
        format!("src/bin/{package}-client.rs"),
    ] {
        needs(folder.join(&file).is_file(), format!("write {file}"));
    }
    let manifest = read(&folder.join("Cargo.toml"));
    let server = format!("default-run = \"{package}-server\"");
    needs(manifest.contains(&server), format!("Cargo.toml: add {server}"));
    needs(
        manifest.contains("\ndescription = "),
        "Cargo.toml: add a description".into(),
    );
    for (part, extension) in [("scenes", "scene"), ("tests", "rs")] {
        let files = children(&folder.join(part));
        let there = files
            .iter()
            .any(|file| file.extension().is_some_and(|e| e == extension));
        needs(there, format!("write {part}/*.{extension}"));
    }
    for lang in Lang::ALL {
        let chapter = format!("{folder_name}.md");
        let there = chapters(lang).contains(&chapter);
        needs(
            there,
            format!(
                "write docs/{}/src/{chapter} and name it in SUMMARY.md",
                lang.folder()
            ),
        );
    }
    let command = format!("`cargo scene {package}`");
    let readme = read(&root().join("README.md"));
    let row =
        readme.lines().any(|line| line.starts_with('|') && line.contains(&command));
    needs(
        row,
        format!("README.md: add a row with {command} to the table of lessons"),
    );
    missing
}

#[test]
fn every_source_file_begins_with_what_it_is() {
    let mut folders: Vec<_> = children(&root().join("crates"))
        .iter()
        .map(|folder| folder.join("src"))
        .collect();
    let mut problems = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in children(&folder) {
            let is_rust =
                path.extension().is_some_and(|extension| extension == "rs");
            if path.is_dir() {
                folders.push(path);
            } else if is_rust && !read(&path).starts_with("//! ") {
                problems
                    .push(format!("{}: begin it with a //! line", path.display()));
            }
        }
    }
    report(&problems);
}
