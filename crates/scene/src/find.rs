//! Where things stand in the workspace: lessons, scenes, programs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's folder: cargo tells what it runs from where, even if the folder has
/// been moved since the build; a program that is run by itself knows where it was built.
pub fn root() -> PathBuf {
    let built = || env!("CARGO_MANIFEST_DIR").into();
    let package =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built));
    package.ancestors().nth(2).unwrap_or(&package).to_path_buf()
}

/// A folder under `crates/` that has scenes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The package's name: the folder's, without its number.
    pub package: String,
    /// `crates/NN-package`.
    pub folder: PathBuf,
}

impl Lesson {
    /// The lesson in a folder.
    pub fn at(folder: &Path) -> Self {
        Lesson { package: package(folder), folder: folder.to_path_buf() }
    }

    /// The lesson's number; a tool's folder has none.
    pub fn number(&self) -> Option<u16> {
        file_name(&self.folder).split_once('-')?.0.parse().ok()
    }

    /// The names of its scenes, in the order in which `tests/scenes.rs` lists them.
    pub fn scenes(&self) -> Vec<String> {
        let list = self.folder.join("tests/scenes.rs");
        let list = fs::read_to_string(list).unwrap_or_default();
        let place = |name: &String| {
            let mut lines = list.lines();
            lines.position(|line| line.trim().trim_end_matches(',') == name)
        };
        let mut names: Vec<_> = files(&self.folder.join("scenes"))
            .filter_map(|path| {
                Some(file_name(&path).strip_suffix(".scene")?.to_string())
            })
            .collect();
        names.sort_by_key(|name| (place(name).unwrap_or(usize::MAX), name.clone()));
        names
    }

    /// The file of one scene.
    pub fn scene_file(&self, name: &str) -> PathBuf {
        self.folder.join("scenes").join(name).with_extension("scene")
    }
}

/// All lessons, in their order.
pub fn lessons(root: &Path) -> Vec<Lesson> {
    let mut folders: Vec<_> = files(&root.join("crates"))
        .filter(|folder| folder.join("scenes").is_dir())
        .collect();
    folders.sort();
    folders.iter().map(|folder| Lesson::at(folder)).collect()
}

/// The package that has this program, if it is one of the workspace's.
pub fn package_of(root: &Path, program: &str) -> Option<String> {
    files(&root.join("crates"))
        .find(|folder| {
            folder.join("src/bin").join(program).with_extension("rs").is_file()
                || (package(folder) == program
                    && folder.join("src/main.rs").is_file())
        })
        .map(|folder| package(&folder))
}

fn package(folder: &Path) -> String {
    let name = file_name(folder);
    match name.split_once('-') {
        Some((number, name)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            name.to_string()
        }
        _ => name,
    }
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_and_their_programs_are_found_by_their_folders() {
        let root = root();
        let echo = &lessons(&root)[0];
        assert_eq!((echo.package.as_str(), echo.number()), ("echo", Some(1)));
        assert_eq!(echo.scenes()[..2], ["good_run", "connection_refused"]);
        assert_eq!(package_of(&root, "echo-client").as_deref(), Some("echo"));
        assert_eq!(package_of(&root, "scene").as_deref(), Some("scene"));
        assert_eq!(package_of(&root, "ss"), None);
    }
}
