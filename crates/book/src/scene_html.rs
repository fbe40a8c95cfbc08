//! `{{#scene}}`: a scene as HTML, terminals side by side.
//!
//! It is one ordered list, so that it reads from top to bottom without any style, with
//! a screen reader too: each step says who does what. The style sheet puts the steps
//! into columns where there is room for them.

use std::path::Path;

use scene::find::{Lesson, lessons, package_of};
use scene::parse::{Action, Kind, Need, Scene, Step, Stream, parse};
use scene::pattern::{Names, Pattern};

use crate::html::escape;
use crate::{Lang, read};

/// The scene `LESSON/NAME` as a figure with the id `scene-LESSON-NAME`.
///
/// # Errors
///
/// No such scene, a mistake in it, or a `{name}` in it that has no value to print.
pub fn render(root: &Path, lang: Lang, scene: &str) -> Result<String, String> {
    let (lesson, parsed) = find(root, scene)?;
    let name = scene.split_once('/').map_or("", |(_, name)| name);
    Page::new(root, lang, &parsed, &lesson).figure(name)
}

/// The scene `LESSON/NAME` and its lesson.
///
/// # Errors
///
/// No such scene, or a mistake in it.
pub fn find(root: &Path, scene: &str) -> Result<(Lesson, Scene), String> {
    let (package, name) = scene
        .split_once('/')
        .ok_or("expected LESSON/NAME, such as echo/good_run")?;
    let lesson = lessons(root)
        .into_iter()
        .find(|lesson| lesson.package == package)
        .ok_or_else(|| format!("no lesson {package} with scenes"))?;
    let file = lesson.scene_file(name);
    let path = file
        .strip_prefix(root)
        .unwrap_or(&file)
        .to_string_lossy()
        .replace('\\', "/");
    let parsed =
        parse(&read(root, &path)?).map_err(|mistake| format!("{path}:{mistake}"))?;
    Ok((lesson, parsed))
}

/// A scene on its way into a page.
struct Page<'a> {
    root: &'a Path,
    lang: Lang,
    scene: &'a Scene,
    package: &'a str,
    names: Names,
    /// The scene takes the lesson's own address, and readers need not type it.
    default_port: bool,
}

impl<'a> Page<'a> {
    fn new(
        root: &'a Path,
        lang: Lang,
        scene: &'a Scene,
        lesson: &'a Lesson,
    ) -> Self {
        let mut names = scene.shown.clone();
        let number = lesson.number().filter(|_| !names.contains_key("port"));
        if let Some(number) = number {
            names.insert("port".into(), format!("70{number:02}"));
        }
        let (package, default_port) = (&lesson.package, number.is_some());
        Page { root, lang, scene, package, names, default_port }
    }

    fn figure(&self, name: &str) -> Result<String, String> {
        let Page { scene, package, .. } = self;
        let terminals = scene.terminals();
        let mut html = format!(
            "<figure class=\"scene terminals-{}\" id=\"scene-{package}-{name}\">\n{}",
            terminals.len(),
            self.caption(name),
        );
        let is_note = |step: &&Step| step.terminal().is_none();
        let first = scene.steps.iter().take_while(is_note).count();
        let last =
            scene.steps.len() - scene.steps.iter().rev().take_while(is_note).count();
        for step in &scene.steps[..first] {
            html += &self.step("p", &terminals, step)?;
        }
        html += "<div class=\"scene-stage\">\n<div class=\"scene-heads\" aria-hidden=\"true\">";
        for (index, terminal) in terminals.iter().enumerate() {
            html += &format!(
                "<span class=\"terminal-{}\"><b>{terminal}</b></span>",
                index + 1
            );
        }
        html += "</div>\n<ol class=\"scene-steps\" role=\"list\">\n";
        for step in &scene.steps[first..last.max(first)] {
            html += &self.step("li", &terminals, step)?;
        }
        html += "</ol>\n</div>\n";
        for step in &scene.steps[last.max(first)..] {
            html += &self.step("p", &terminals, step)?;
        }
        Ok(html + "</figure>\n")
    }

    fn caption(&self, name: &str) -> String {
        let title =
            escape(self.lang.say(&self.scene.title.en, &self.scene.title.zh));
        let play = self.lang.say("Play it:", "播放：");
        let mut html = format!(
            "<figcaption>\n<strong class=\"scene-title\">{title}</strong>\n\
             <span class=\"scene-play\">{play} <kbd>cargo scene {}/{name}</kbd></span>\n",
            self.package,
        );
        for need in &self.scene.needs {
            html +=
                &format!("<span class=\"scene-need\">{}</span>\n", self.need(need));
        }
        html + "</figcaption>\n"
    }

    fn need(&self, need: &Need) -> String {
        match need {
            Need::Linux => self.lang.say("Linux only", "仅限 Linux").to_string(),
            Need::Unix => self
                .lang
                .say("Linux and macOS only", "仅限 Linux 和 macOS")
                .to_string(),
            Need::Unprivileged => {
                self.lang.say("not as root", "不以 root 身份运行").to_string()
            }
            Need::Program(name) => {
                format!(
                    "{} <kbd>{}</kbd>",
                    self.lang.say("needs", "需要"),
                    escape(name)
                )
            }
        }
    }

    fn step(
        &self,
        tag: &str,
        terminals: &[&str],
        step: &Step,
    ) -> Result<String, String> {
        let html = match &step.kind {
            Kind::Note(text) => {
                let text = note(self.lang.say(&text.en, &text.zh));
                return Ok(format!("<{tag} class=\"scene-note\">{text}</{tag}>\n"));
            }
            Kind::Run(_, command) => self.run(command),
            Kind::Type(_, text) => self.typed(text),
            Kind::Print(_, stream, text) => self.printed(*stream, text),
            Kind::Act(_, action) => Ok(self.act(*action)),
        };
        let (class, does, html) = html
            .map_err(|error| format!("line {} of the scene: {error}", step.line))?;
        let who = step.terminal().unwrap_or_default();
        let column = terminals.iter().position(|name| *name == who).unwrap_or(0) + 1;
        let blank = self.lang.say(" ", "");
        Ok(format!(
            "<{tag} class=\"scene-{class} terminal-{column}\"><b class=\"scene-who\">{who}</b>\
             <span class=\"scene-does\"> {does}{blank}</span>\
             <span class=\"scene-said\">{html}</span></{tag}>\n"
        ))
    }

    fn run(&self, command: &Pattern) -> Result<Said, String> {
        // A line may end between words only: a break in `--bin` would be misread.
        let words: Vec<_> = self
            .command(command)?
            .split(' ')
            .map(|word| format!("<span>{}</span>", escape(word)))
            .collect();
        let command = words.join(" ");
        let html =
            format!("<kbd><span aria-hidden=\"true\">$ </span>{command}</kbd>");
        Ok(("run", self.lang.say("runs:", "运行："), html))
    }

    fn typed(&self, text: &Pattern) -> Result<Said, String> {
        let text = escape(&self.fill(text)?);
        let (does, text) = match text.as_str() {
            "" => (
                self.lang.say("presses:", "按下："),
                "<kbd class=\"key\">Enter ⏎</kbd>",
            ),
            text => (self.lang.say("types:", "输入："), text),
        };
        let html =
            format!("<kbd><span aria-hidden=\"true\">&gt; </span>{text}</kbd>");
        Ok(("type", does, html))
    }

    fn printed(&self, stream: Stream, text: &Pattern) -> Result<Said, String> {
        let text = escape(&self.fill(text)?);
        Ok(match stream {
            Stream::Out => (
                "out",
                self.lang.say("prints:", "输出："),
                format!("<samp>{text}</samp>"),
            ),
            Stream::Err => (
                "err",
                self.lang.say("prints on stderr:", "在 stderr 上输出："),
                format!(
                    "<span class=\"scene-stream\" aria-hidden=\"true\">stderr</span> \
                     <samp>{text}</samp>"
                ),
            ),
        })
    }

    fn act(&self, action: Action) -> Said {
        let presses = self.lang.say("presses:", "按下：");
        let badge = |class: &str, text: &str| {
            format!("<span class=\"{class}\">{text}</span>")
        };
        match action {
            Action::Silent => {
                let waits = self
                    .lang
                    .say("(waits, prints nothing)", "（等待，没有任何输出）");
                ("silent", "", badge("waits", waits))
            }
            Action::Eof => {
                let end = self.lang.say("end of input", "输入结束");
                let end = badge("scene-aside", end);
                ("act", presses, format!("<kbd class=\"key\">Ctrl-D</kbd> {end}"))
            }
            Action::CtrlC => {
                ("act", presses, "<kbd class=\"key\">Ctrl-C</kbd>".into())
            }
            Action::Kill => {
                let does = self.lang.say("is ended by:", "被结束：");
                ("act", does, "<kbd class=\"key\">kill -9</kbd>".into())
            }
            Action::Exit(0) => {
                ("exit", self.lang.say("ends:", "结束："), badge("good", "exit 0"))
            }
            Action::Exit(status) => {
                let text = format!("✗ exit {status}");
                ("exit", self.lang.say("ends:", "结束："), badge("bad", &text))
            }
        }
    }

    /// The command as a reader types it in the workspace's folder.
    fn command(&self, command: &Pattern) -> Result<String, String> {
        let mut names = self.names.clone();
        if self.default_port {
            names.insert("port".into(), "{port}".into());
        }
        let text = fill(command, &names)?;
        let mut words: Vec<_> = text.trim().split(' ').collect();
        let program = words.first().copied().unwrap_or_default();
        let package = package_of(self.root, program);
        // A tool is a package with a program of the same name.
        let tool = |name: &String| package_of(self.root, name).is_some();
        let is_tool = package.as_ref().is_some_and(tool);
        if package.is_some() && !is_tool {
            words.retain(|word| *word != "127.0.0.1:{port}");
        }
        let mut shown = match &package {
            Some(package) if package == program => format!("cargo {package}"),
            Some(package) => format!("cargo run -p {package} --bin {program}"),
            None => program.to_string(),
        };
        if package.as_ref().is_some_and(|name| name != program) && words.len() > 1 {
            shown += " --";
        }
        for word in words.iter().skip(1) {
            shown.push(' ');
            shown += word;
        }
        let port = self.names.get("port").map_or("", String::as_str);
        Ok(shown.replace("{port}", port))
    }

    fn fill(&self, pattern: &Pattern) -> Result<String, String> {
        fill(pattern, &self.names)
    }
}

/// A stage direction; what stands between backticks is code.
fn note(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        match index % 2 {
            0 => html += &escape(part),
            _ => html += &format!("<code>{}</code>", escape(part)),
        }
    }
    html
}

/// A step's class, the words that only a screen reader says, and what is seen.
type Said = (&'static str, &'static str, String);

fn fill(pattern: &Pattern, names: &Names) -> Result<String, String> {
    match pattern.names().find(|name| !names.contains_key(*name)) {
        Some(name) => Err(format!(
            "{{{name}}} has no value to print, expected `show {name} VALUE` in the scene's head"
        )),
        None => Ok(pattern.fill(names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "title.en A & B <\"x\">\ntitle.zh 甲乙\n";

    fn figure(lang: Lang, source: &str) -> Result<String, String> {
        let root = scene::find::root();
        let scene = parse(&format!("{HEAD}{source}")).unwrap();
        let lesson =
            Lesson { package: "echo".into(), folder: root.join("crates/01-echo") };
        Page::new(&root, lang, &scene, &lesson).figure("x")
    }

    fn english(source: &str) -> String {
        figure(Lang::En, source).unwrap()
    }

    #[test]
    fn every_sign_of_html_is_escaped() {
        let html = english(
            ".en a<b `&`\n.zh 甲\na$ nc \"<i>\"\na> <b> & {{x\na| \"<s>\"\na! </li>\n",
        );
        for text in [
            "A &amp; B &lt;&quot;x&quot;&gt;</strong>",
            "<p class=\"scene-note\">a&lt;b <code>&amp;</code></p>",
            "<span>nc</span> <span>&quot;&lt;i&gt;&quot;</span></kbd>",
            "</span>&lt;b&gt; &amp; {x</kbd>",
            "<samp>&quot;&lt;s&gt;&quot;</samp>",
            "<samp>&lt;/li&gt;</samp>",
        ] {
            assert!(html.contains(text), "{text} is not in\n{html}");
        }
    }

    #[test]
    fn a_command_is_what_a_reader_types() {
        for (command, shown) in [
            ("echo-server 127.0.0.1:{port}", "cargo run -p echo --bin echo-server"),
            (
                "echo-client 127.0.0.1:{port} hi",
                "cargo run -p echo --bin echo-client -- hi",
            ),
            ("echo-client --at 9", "cargo run -p echo --bin echo-client -- --at 9"),
            ("comm-loop-client", "cargo run -p comm-loop --bin comm-loop-client"),
            ("scene echo/x", "cargo scene echo/x"),
            ("wiretap --to 127.0.0.1:{port}", "cargo wiretap --to 127.0.0.1:7001"),
            ("nc 127.0.0.1 {port}", "nc 127.0.0.1 7001"),
            ("nc 127.0.0.1:{port}", "nc 127.0.0.1:7001"),
        ] {
            let html = english(&format!("a$ {command}\n"));
            let shown = shown.replace(' ', "</span> <span>");
            let kbd = format!("$ </span><span>{shown}</span></kbd>");
            assert!(html.contains(&kbd), "{kbd}\n{html}");
        }
    }

    #[test]
    fn a_port_that_the_scene_shows_is_typed() {
        let html = english("show port 7999\na$ echo-server 127.0.0.1:{port}\n");
        assert!(
            html.contains("<span>--</span> <span>127.0.0.1:7999</span></kbd>"),
            "{html}"
        );
    }

    #[test]
    fn holes_are_filled_and_a_name_without_a_value_is_an_error() {
        let source = "a$ nc\na| {client} on {port}{ }{_}!\n";
        let html = english(&format!("show client 50001\n{source}"));
        assert!(html.contains("<samp>50001 on 7001  …!</samp>"), "{html}");
        let error = figure(Lang::En, source).unwrap_err();
        assert_eq!(
            error,
            "line 4 of the scene: {client} has no value to print, expected \
             `show client VALUE` in the scene's head"
        );
    }

    #[test]
    fn each_step_says_who_does_what_in_the_language_of_the_book() {
        let source = "srv$ nc\nann$ nc\nann> hi\nann| x\nann! y\nann:silent\nann>\nann:eof\n\
                      ann:exit 2\nsrv:ctrl-c\nsrv:kill\n";
        let source = source.replace(":", ": ");
        let (html, zh) = (english(&source), figure(Lang::Zh, &source).unwrap());
        for (class, en, zh_does) in [
            ("run terminal-1", "runs: ", "运行："),
            ("type terminal-2", "types: ", "输入："),
            ("out terminal-2", "prints: ", "输出："),
            ("err terminal-2", "prints on stderr: ", "在 stderr 上输出："),
            ("type terminal-2", "presses: ", "按下："),
            ("exit terminal-2", "ends: ", "结束："),
            ("act terminal-1", "is ended by: ", "被结束："),
        ] {
            let line = |does: &str| {
                let who = if class.ends_with('1') { "srv" } else { "ann" };
                format!(
                    "<li class=\"scene-{class}\"><b class=\"scene-who\">{who}</b>\
                     <span class=\"scene-does\"> {does}</span>"
                )
            };
            assert!(html.contains(&line(en)), "{}\n{html}", line(en));
            assert!(zh.contains(&line(zh_does)), "{}\n{zh}", line(zh_does));
        }
        for text in
            ["(waits, prints nothing)", "Ctrl-D</kbd>", "✗ exit 2", "kill -9"]
        {
            assert!(html.contains(text), "{text}");
        }
        assert!(
            zh.contains("（等待，没有任何输出）") && zh.contains("甲乙</strong>")
        );
    }

    #[test]
    fn the_caption_says_how_to_play_it_and_what_it_needs() {
        let html = english("needs linux\nneeds program ss\na$ ss -tan\n");
        assert!(html.contains("<kbd>cargo scene echo/x</kbd>"));
        assert!(
            html.contains("Linux only</span>")
                && html.contains("needs <kbd>ss</kbd>")
        );
        assert!(html.starts_with(
            "<figure class=\"scene terminals-1\" id=\"scene-echo-x\">"
        ));
    }

    #[test]
    fn notes_at_both_ends_stand_outside_the_terminals() {
        let html = english(
            ".en one\n.zh 一\na$ nc\n.en two\n.zh 二\na| x\n.en three\n.zh 三\n",
        );
        let at = |text: &str| html.find(text).unwrap();
        assert!(at("<p class=\"scene-note\">one</p>") < at("scene-stage"));
        assert!(at("scene-stage") < at("<li class=\"scene-note\">two</li>"));
        assert!(at("</ol>") < at("<p class=\"scene-note\">three</p>"));
        let notes_only = english(".en one\n.zh 一\n.en two\n.zh 二\n");
        assert_eq!(notes_only.matches("<p class=\"scene-note\">").count(), 2);
    }

    #[test]
    fn no_blank_line_ends_the_html_block_too_early() {
        let html = english("a$ nc\n\na| \n\n.en x\n.zh y\n");
        assert!(
            html.trim_end().lines().all(|line| !line.trim().is_empty()),
            "{html}"
        );
    }
}
