//! What the house rules need to know of a Markdown file.

/// A Markdown file, taken apart.
#[derive(Default)]
pub struct Outline {
    /// Level and text of each heading, in order.
    pub headings: Vec<(usize, String)>,
    /// Each fenced block: its language and its lines.
    pub fences: Vec<(String, Vec<String>)>,
    /// The inside of each directive, in order.
    pub directives: Vec<String>,
    /// Where each link leads.
    pub links: Vec<String>,
}

impl Outline {
    /// Takes a file apart, line by line: the books use plain Markdown only.
    pub fn new(markdown: &str) -> Self {
        let mut outline = Outline::default();
        let mut fence: Option<String> = None;
        for line in markdown.lines() {
            let text = line.trim_start();
            let ticks: String =
                text.chars().take_while(|char| *char == '`').collect();
            match &fence {
                Some(open) if text.trim_end() == open => fence = None,
                Some(_) => {
                    if let Some((_, lines)) = outline.fences.last_mut() {
                        lines.push(line.to_string());
                    }
                }
                None if ticks.len() >= 3 => {
                    let language = text[ticks.len()..].trim().to_string();
                    outline.fences.push((language, Vec::new()));
                    fence = Some(ticks);
                }
                None => outline.line(text),
            }
        }
        outline
    }

    fn line(&mut self, text: &str) {
        let level = text.chars().take_while(|char| *char == '#').count();
        if let Some(title) = text[level..].strip_prefix(' ').filter(|_| level > 0) {
            self.headings.push((level, title.trim().to_string()));
        }
        if let Ok(Some(directive)) = book::directive(text) {
            self.directives.push(directive.to_string());
        }
        let text = without_code(text);
        for (open, close) in [("](", ")"), ("href=\"", "\"")] {
            for rest in text.split(open).skip(1) {
                self.links.extend(rest.split(close).next().map(str::to_string));
            }
        }
        let defined = text.strip_prefix('[').and_then(|text| text.split_once("]: "));
        self.links.extend(defined.map(|(_, link)| link.trim().to_string()));
    }

    /// The anchors of the headings, as mdBook makes them.
    pub fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        for (_, title) in &self.headings {
            let anchor = anchor(title);
            let taken = |name: &String| anchors.contains(name);
            let numbered = (1..).map(|number| format!("{anchor}-{number}"));
            let free = std::iter::once(anchor.clone()).chain(numbered);
            anchors.extend(free.into_iter().find(|name| !taken(name)));
        }
        anchors
    }
}

fn anchor(title: &str) -> String {
    if let Some((_, id)) = title.split_once("{#") {
        return id.trim_end_matches('}').to_string();
    }
    title
        .chars()
        .filter_map(|char| match char {
            _ if char.is_alphanumeric() || "_-".contains(char) => {
                Some(char.to_ascii_lowercase())
            }
            _ if char.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// The line without what stands between backticks; a link's text may be code.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect()
}
