//! Usage: `cargo scene [LESSON[/NAME]] [--auto] [--bless] [--lang en|zh]`

mod player;
mod screen;

use std::fs;
use std::process::ExitCode;

use scene::find::{self, Lesson};
use scene::parse::Scene;
use scene::{load, stage};

use player::{Manner, Next, Player};

const USAGE: &str = "\
Usage: cargo scene [LESSON[/NAME]] [--auto] [--bless] [--lang en|zh]

Plays the scenes of a lesson with the real programs, Enter by Enter; without a lesson
it lists them all.

  LESSON       all scenes of a lesson, such as echo
  LESSON/NAME  one scene, such as echo/good_run
  --auto       do not wait for Enter (so it is when input is no terminal)
  --bless      write into the scene what its programs really print
  --lang LANG  stage directions in en or zh (default: as the environment's LANG)
  -h, --help   print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let manner = Manner {
        auto: args.flag("--auto"),
        chinese: match args.option::<String>("--lang", "en or zh")?.as_deref() {
            None => player::prefers_chinese(),
            Some("en") => false,
            Some("zh") => true,
            Some(other) => {
                let text = format!("--lang {other:?} is wrong, expected en or zh");
                return Err(cli::Error::Usage(text));
            }
        },
    };
    let bless = args.flag("--bless");
    let wanted = args.positional()?;
    args.finish()?;
    let lessons = find::lessons(&find::root());
    match wanted {
        None => list(&lessons, &manner),
        Some(wanted) => {
            let chosen = choose(&lessons, &wanted)?;
            if bless { rewrite(&chosen) } else { play(&chosen, manner) }
        }
    }
}

/// A scene with the lesson that it belongs to and its name there.
type Chosen<'a> = (&'a Lesson, String, Scene);

fn choose<'a>(
    lessons: &'a [Lesson],
    wanted: &str,
) -> Result<Vec<Chosen<'a>>, cli::Error> {
    let (package, name) = wanted.split_once('/').unwrap_or((wanted, ""));
    let lesson = lessons
        .iter()
        .find(|lesson| lesson.package == package)
        .ok_or_else(|| {
            let all: Vec<_> =
                lessons.iter().map(|lesson| lesson.package.as_str()).collect();
            let all = all.join(", ");
            cli::Error::Usage(format!(
                "there is no lesson {package:?}, expected one of {all}"
            ))
        })?;
    let scenes = lesson.scenes();
    let names: Vec<_> =
        scenes.iter().filter(|scene| name.is_empty() || *scene == name).collect();
    if names.is_empty() {
        let all = scenes.join(", ");
        let text = format!("{package} has no scene {name:?}, expected one of {all}");
        return Err(cli::Error::Usage(text));
    }
    names
        .into_iter()
        .map(|name| Ok((lesson, name.clone(), loaded(lesson, name)?)))
        .collect()
}

fn loaded(lesson: &Lesson, name: &str) -> Result<Scene, cli::Error> {
    load(lesson, name).map_err(failed)
}

fn failed(text: String) -> cli::Error {
    std::io::Error::other(text).into()
}

fn list(lessons: &[Lesson], manner: &Manner) -> Result<(), cli::Error> {
    for lesson in lessons {
        println!("{}", lesson.package);
        for name in lesson.scenes() {
            let title = loaded(lesson, &name)?.title;
            let title = if manner.chinese { title.zh } else { title.en };
            println!("  {}/{name}", lesson.package);
            println!("      {title}");
        }
    }
    let play = if manner.chinese { "播放：" } else { "Play:" };
    println!("\n{play} cargo scene echo, cargo scene echo/good_run");
    Ok(())
}

fn play(chosen: &[Chosen], manner: Manner) -> Result<(), cli::Error> {
    let scenes: Vec<_> = chosen.iter().map(|(_, _, scene)| scene).collect();
    stage::build(&scenes, None)?;
    let player = Player::new(manner);
    for (index, (lesson, name, scene)) in chosen.iter().enumerate() {
        let short = format!("{}/{name}", lesson.package);
        if index > 0 && player.pause_between(&short) == Next::Quit {
            break;
        }
        if let Some(need) = stage::unmet(scene) {
            player.skip(&short, &need);
            continue;
        }
        let next = player.play(scene, &short).map_err(|failure| {
            let file = lesson.scene_file(name);
            let limit = scene.within.map_or(String::new(), |seconds| {
                format!(" (nobody may wait for more than {seconds} seconds in it)")
            });
            let file = file.display();
            failed(format!("{short} went otherwise{limit}\n{file}:{failure}"))
        })?;
        if next == Next::Quit {
            break;
        }
    }
    Ok(())
}

fn rewrite(chosen: &[Chosen]) -> Result<(), cli::Error> {
    let scenes: Vec<_> = chosen.iter().map(|(_, _, scene)| scene).collect();
    stage::build(&scenes, None)?;
    for (lesson, name, scene) in chosen {
        let file = lesson.scene_file(name);
        if let Some(need) = stage::unmet(scene) {
            println!("skipped   {}: needs {need}", file.display());
            continue;
        }
        let source = fs::read_to_string(&file)?;
        let blessed = scene::bless(scene, &source)
            .map_err(|failure| failed(format!("{}:{failure}", file.display())))?;
        if blessed == source {
            println!("unchanged {}", file.display());
        } else {
            fs::write(&file, blessed)?;
            println!("rewritten {}", file.display());
        }
    }
    Ok(())
}
