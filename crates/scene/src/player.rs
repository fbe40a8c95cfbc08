//! Shows a play on a terminal: side by side where there is room, time flowing down.

use std::env;
use std::io::{self, BufRead, IsTerminal, Write};
use std::ops::ControlFlow;

use scene::failure::Played;
use scene::parse::{Action, Kind, Scene, Step, Stream};
use scene::play::{Moment, play};

use crate::screen::{Screen, pad, wrap};

/// Side by side needs this many columns for each terminal.
const MIN_COLUMN: usize = 36;

/// SGR codes of the terminals' names: reversed, so that they can be read on a light and
/// on a dark background alike. Only the eight basic colours: every theme has them.
const NAMES: [&str; 4] = ["1;7;36", "1;7;35", "1;7;32", "1;7;34"];
const STRONG: &str = "1";
const ERROR: &str = "31";
const ASIDE: &str = "3";
const FAINT: &str = "2";

/// How to play.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Do not wait for Enter.
    pub auto: bool,
    /// Stage directions in Chinese.
    pub chinese: bool,
}

/// True if the environment asks for Chinese.
pub fn prefers_chinese() -> bool {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|value| value.starts_with("zh"))
}

/// Whether the audience wants to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Yes.
    GoOn,
    /// `q`, or the end of input.
    Quit,
}

/// Plays scenes on the screen.
#[derive(Debug)]
pub struct Player {
    screen: Screen,
    manner: Manner,
}

impl Player {
    /// Looks at what stdin and stdout are.
    pub fn new(mut manner: Manner) -> Self {
        manner.auto |= !io::stdin().is_terminal() || !io::stdout().is_terminal();
        Player { screen: Screen::of_stdout(), manner }
    }

    /// Says that a scene cannot be played here.
    pub fn skip(&self, name: &str, need: &str) {
        println!(
            "{}",
            self.screen.paint(FAINT, &format!("{name} is skipped: it needs {need}"))
        );
    }

    /// Plays one scene.
    ///
    /// # Errors
    ///
    /// What went otherwise than written.
    pub fn play(&self, scene: &Scene, name: &str) -> Played<Next> {
        let board = Board::new(self.screen, scene);
        self.open(scene, name, &board);
        let mut next = Next::GoOn;
        play(scene, &mut |moment| match moment {
            Moment::Before(step, text) => {
                next = self.pause(&self.announce(step, text), scene.within);
                match next {
                    Next::GoOn => ControlFlow::Continue(()),
                    Next::Quit => ControlFlow::Break(()),
                }
            }
            Moment::After(step, text) => {
                self.show(&board, step, text);
                ControlFlow::Continue(())
            }
        })?;
        self.close(scene, next);
        Ok(next)
    }

    fn open(&self, scene: &Scene, name: &str, board: &Board) {
        if self.screen.moves && !self.manner.auto {
            print!("\x1b[2J\x1b[H"); // a scene begins on an empty screen
        }
        let title =
            if self.manner.chinese { &scene.title.zh } else { &scene.title.en };
        for line in wrap(title, self.screen.width, 0) {
            println!("{}", self.screen.paint(STRONG, &line));
        }
        println!("{}", self.screen.paint(FAINT, &format!("cargo scene {name}")));
        board.head();
    }

    /// Says which programs only the end of the play ends.
    fn close(&self, scene: &Scene, next: Next) {
        let runs = |name: &&str| {
            let own = scene
                .steps
                .iter()
                .rev()
                .filter(|step| step.terminal() == Some(name));
            own.map(|step| &step.kind).find_map(|kind| match kind {
                Kind::Run(..) => Some(true),
                Kind::Act(_, Action::Exit(_) | Action::Kill) => Some(false),
                _ => None,
            }) == Some(true)
        };
        let running: Vec<_> = scene.terminals().into_iter().filter(runs).collect();
        if next == Next::GoOn && !running.is_empty() {
            let names = running.join(", ");
            self.aside(&match self.manner.chinese {
                false => format!("(Still running, and ended now: {names})"),
                true => format!("（还在运行、现在结束的：{names}）"),
            });
        }
        println!();
    }

    fn show(&self, board: &Board, step: &Step, text: &str) {
        let Some(terminal) = step.terminal() else {
            if let Kind::Note(note) = &step.kind {
                self.aside(if self.manner.chinese { &note.zh } else { &note.en });
            }
            return;
        };
        let (codes, line) = match &step.kind {
            Kind::Run(..) => (STRONG, format!("$ {text}")),
            Kind::Type(..) => (STRONG, format!("> {text}")),
            Kind::Print(_, Stream::Err, _) => (ERROR, format!("! {text}")),
            Kind::Print(..) | Kind::Note(_) => ("", text.to_string()),
            Kind::Act(_, action) => {
                (if step.is_cause() { STRONG } else { "" }, self.name_of(*action))
            }
        };
        board.line(terminal, codes, &line);
    }

    fn aside(&self, text: &str) {
        println!();
        for line in wrap(text, self.screen.width.min(100) - 2, 0) {
            println!("  {}", self.screen.paint(ASIDE, &line));
        }
    }

    fn name_of(&self, action: Action) -> String {
        match (action, self.manner.chinese) {
            (Action::Silent, false) => "(waits, prints nothing)".to_string(),
            (Action::Silent, true) => "（等待，没有任何输出）".to_string(),
            (Action::Eof, false) => "Ctrl-D (end of input)".to_string(),
            (Action::Eof, true) => "Ctrl-D（输入结束）".to_string(),
            (Action::CtrlC, _) => "Ctrl-C".to_string(),
            (Action::Kill, _) => "kill -9".to_string(),
            (Action::Exit(status), false) => {
                format!("(ended, exit status {status})")
            }
            (Action::Exit(status), true) => format!("（结束，退出码 {status}）"),
        }
    }

    /// What Enter will do.
    fn announce(&self, step: &Step, text: &str) -> String {
        let terminal = step.terminal().unwrap_or_default();
        match &step.kind {
            Kind::Run(..) => format!("{terminal} $ {text}"),
            Kind::Type(..) => format!("{terminal} > {text}"),
            Kind::Act(_, action) => {
                format!("{terminal}   {}", self.name_of(*action))
            }
            Kind::Print(..) | Kind::Note(_) => String::new(),
        }
    }

    /// Waits for Enter before the next scene.
    pub fn pause_between(&self, next: &str) -> Next {
        let what = if self.manner.chinese {
            "下一个场景："
        } else {
            "the next scene: "
        };
        self.pause(&format!("{what}{next}"), None)
    }

    /// Says what comes next, waits for Enter, and takes the line away again.
    fn pause(&self, what: &str, within: Option<u64>) -> Next {
        if self.manner.auto {
            return Next::GoOn;
        }
        let keys = match (self.manner.chinese, within) {
            (false, None) => "[Enter: next; q Enter: quit]".to_string(),
            (false, Some(s)) => format!("[Enter within {s} s; q Enter: quit]"),
            (true, None) => "[回车：下一步；q 回车：退出]".to_string(),
            (true, Some(s)) => format!("[{s} 秒内按回车；q 回车：退出]"),
        };
        let line = format!("{keys} {what} ");
        let line = wrap(&line, self.screen.width - 2, 0).swap_remove(0);
        print!("{}", self.screen.paint(FAINT, &line));
        let mut typed = String::new();
        let flushed = io::stdout().flush();
        let read = io::stdin().lock().read_line(&mut typed);
        let ended = flushed.is_err() || read.is_ok_and(|size| size == 0);
        if self.screen.moves {
            // Enter has moved to the next line; Ctrl-D has not.
            print!("{}\r\x1b[2K", if ended { "" } else { "\x1b[1A" });
        }
        if ended || typed.trim() == "q" { Next::Quit } else { Next::GoOn }
    }
}

/// Where each terminal's lines go.
#[derive(Debug)]
struct Board {
    screen: Screen,
    names: Vec<String>,
    /// The width of a terminal's column; `None`: a line each, with the speaker's name.
    column: Option<usize>,
}

impl Board {
    fn new(screen: Screen, scene: &Scene) -> Self {
        let names: Vec<String> =
            scene.terminals().into_iter().map(String::from).collect();
        // " │ " stands between two columns.
        let column = (screen.width + 3) / names.len() - 3;
        let fits = screen.is_terminal && column >= MIN_COLUMN;
        Board { screen, names, column: fits.then_some(column.min(80)) }
    }

    fn head(&self) {
        let Some(width) = self.column else { return };
        println!();
        let heads = self.names.iter().enumerate().map(|(index, name)| {
            self.screen
                .paint(NAMES[index % NAMES.len()], &pad(&format!(" {name}"), width))
        });
        println!("{}", heads.collect::<Vec<_>>().join("   "));
    }

    fn line(&self, terminal: &str, codes: &str, text: &str) {
        let index = self.names.iter().position(|name| name == terminal).unwrap_or(0);
        match self.column {
            Some(width) => self.beside(index, width, codes, text),
            None => self.below(index, codes, text),
        }
    }

    fn beside(&self, index: usize, width: usize, codes: &str, text: &str) {
        let bar = self.screen.paint(FAINT, " │ ");
        for line in wrap(text, width, 2) {
            let cells: Vec<String> = (0..self.names.len())
                .map(|column| match column == index {
                    true => self.screen.paint(codes, &pad(&line, width)),
                    false => " ".repeat(width),
                })
                .collect();
            println!("{}", cells.join(&bar).trim_end());
        }
    }

    fn below(&self, index: usize, codes: &str, text: &str) {
        let widest = self.names.iter().map(String::len).max().unwrap_or(0);
        let name = pad(&self.names[index], widest);
        let name =
            self.screen.paint(NAMES[index % NAMES.len()], &format!(" {name} "))
                + "│ ";
        let room = self.screen.width.saturating_sub(widest + 4).max(16);
        if !self.screen.is_terminal {
            println!("{name}{text}"); // whoever reads a pipe wants whole lines
            return;
        }
        for line in wrap(text, room, 2) {
            println!("{name}{}", self.screen.paint(codes, &line));
        }
    }
}
