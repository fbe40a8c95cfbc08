//! Text with holes: `listening on 127.0.0.1:{port}`.

use std::collections::BTreeMap;

/// The values of a scene's names.
pub type Names = BTreeMap<String, String>;

/// A line with holes in it. `{name}` stands for the same text everywhere in a scene,
/// `{_}` for any text, `{ }` for one or more blanks, `{{` for the sign itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Name(String),
    Any,
    Blanks,
}

impl Pattern {
    /// Takes the text of a pattern apart.
    ///
    /// # Errors
    ///
    /// The offset in characters, and what was expected there.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            literal += &rest[..open];
            let offset = text.len() - rest.len() + open;
            rest = &rest[open + 1..];
            if let Some(behind) = rest.strip_prefix('{') {
                literal.push('{');
                rest = behind;
                continue;
            }
            let mistake =
                |what: &str| (text[..offset].chars().count(), what.to_string());
            let (hole, behind) = rest.split_once('}').ok_or_else(|| {
                mistake("expected {name}, {_} or { }, and {{ for the sign { itself")
            })?;
            rest = behind;
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(match hole {
                "_" => Part::Any,
                " " => Part::Blanks,
                name if is_name(name) => Part::Name(name.to_string()),
                _ => {
                    return Err(mistake("expected a name of a-z, 0-9 and _ in { }"));
                }
            });
        }
        literal += rest;
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Pattern(parts))
    }

    /// The names in it, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The text with each name's value; what has no value stays as it is written.
    pub fn fill(&self, names: &Names) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.clone(),
                Part::Name(name) => {
                    names.get(name).cloned().unwrap_or(format!("{{{name}}}"))
                }
                Part::Any => "…".to_string(),
                Part::Blanks => "  ".to_string(),
            })
            .collect()
    }

    /// Compares `text` with the pattern. Names that have no value yet take theirs
    /// from it: the shortest text that is not empty and lets the rest match.
    ///
    /// # Errors
    ///
    /// The offset in characters of the first character that cannot be right.
    pub fn matches(&self, text: &str, names: &mut Names) -> Result<(), usize> {
        let mut furthest = 0;
        let found = matching(&self.0, text, 0, names, &mut furthest);
        match found {
            Some(taken) => {
                names.extend(taken);
                Ok(())
            }
            None => Err(text[..furthest].chars().count()),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The names that `text` from `at` on gives a value if it matches `parts`. `furthest`
/// keeps how far any attempt came.
fn matching(
    parts: &[Part],
    text: &str,
    at: usize,
    names: &Names,
    furthest: &mut usize,
) -> Option<Names> {
    let rest = &text[at..];
    *furthest = (*furthest).max(at);
    let Some((part, parts)) = parts.split_first() else {
        return rest.is_empty().then(Names::new);
    };
    let ends = |shortest: usize| {
        rest.char_indices()
            .map(|(offset, _)| offset)
            .chain([rest.len()])
            .filter(move |offset| *offset >= shortest)
    };
    match part {
        Part::Literal(literal) => {
            let same = common_prefix(literal, rest);
            *furthest = (*furthest).max(at + same);
            let whole = same == literal.len();
            whole.then(|| matching(parts, text, at + same, names, furthest))?
        }
        Part::Any => {
            ends(0).find_map(|end| matching(parts, text, at + end, names, furthest))
        }
        Part::Blanks => {
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            (blanks > 0)
                .then(|| matching(parts, text, at + blanks, names, furthest))?
        }
        Part::Name(name) => match names.get(name) {
            Some(value) => {
                let same = common_prefix(value, rest);
                *furthest = (*furthest).max(at + same);
                let whole = same == value.len();
                whole.then(|| matching(parts, text, at + same, names, furthest))?
            }
            None => ends(1).find_map(|end| {
                let mut names = names.clone();
                names.insert(name.clone(), rest[..end].to_string());
                let mut taken = matching(parts, text, at + end, &names, furthest)?;
                taken.insert(name.clone(), rest[..end].to_string());
                Some(taken)
            }),
        },
    }
}

/// How many bytes the two have in common at their beginning, in whole characters.
fn common_prefix(a: &str, b: &str) -> usize {
    a.chars()
        .zip(b.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str, names: &mut Names) -> Result<(), usize> {
        Pattern::parse(pattern).unwrap().matches(text, names)
    }

    #[test]
    fn a_name_takes_its_value_once_and_keeps_it() {
        let mut names = Names::new();
        matches("on {host}:{port}!", "on 127.0.0.1:7001!", &mut names).unwrap();
        assert_eq!(names["port"], "7001");
        assert_eq!(matches("{port}", "7001", &mut names), Ok(()));
        assert_eq!(matches("{port}", "7002", &mut names), Err(3));
        assert_eq!(matches("{port}", "70011", &mut names), Err(4));
        assert_eq!(Pattern::parse("to {port}").unwrap().fill(&names), "to 7001");
    }

    #[test]
    fn a_name_twice_in_one_line_is_the_same_text_twice() {
        assert_eq!(matches("{a}-{a}", "xy-xy", &mut Names::new()), Ok(()));
        assert!(matches("{a}-{a}", "xy-xz", &mut Names::new()).is_err());
    }

    #[test]
    fn any_text_is_matched_but_never_a_blank_where_there_is_none() {
        assert_eq!(matches("a{_}c", "abbc", &mut Names::new()), Ok(()));
        assert_eq!(matches("a{_}c", "ac", &mut Names::new()), Ok(()));
        assert!(matches("a{_}c", "acd", &mut Names::new()).is_err());
        assert_eq!(matches("a{ }b", "a    b", &mut Names::new()), Ok(()));
        assert_eq!(matches("a{ }b", "ab", &mut Names::new()), Err(1));
    }

    #[test]
    fn the_first_character_that_differs_is_counted_in_characters() {
        assert_eq!(matches("你好吗", "你好啊", &mut Names::new()), Err(2));
        assert_eq!(matches("abc", "ab", &mut Names::new()), Err(2));
        assert_eq!(matches("ab", "abc", &mut Names::new()), Err(2));
        assert_eq!(matches("", "x", &mut Names::new()), Err(0));
    }

    #[test]
    fn braces_can_be_written() {
        assert_eq!(matches("{{\"a\": 1}", "{\"a\": 1}", &mut Names::new()), Ok(()));
    }

    #[test]
    fn a_mistake_says_where() {
        assert_eq!(Pattern::parse("好{port").unwrap_err().0, 1);
        assert_eq!(Pattern::parse("a {Port}").unwrap_err().0, 2);
    }
}
