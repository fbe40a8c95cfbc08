//! Exercise 7.5: eight threads want one name. Usage: `ex_7_5`; it works in a folder
//! of its own under the system's temporary one.

use std::path::Path;
use std::sync::Barrier;
use std::{env, fs, io, process, thread};

const ROUNDS: usize = 1000;
const THREADS: usize = 8;

fn main() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("ex_7_5-{}", process::id()));
    fs::create_dir(&folder)?;
    let looked = rounds_with_many_winners(&folder, look_and_rename)?;
    let linked = rounds_with_many_winners(&folder, link)?;
    fs::remove_dir_all(&folder)?;
    println!("look, then rename: {looked} of {ROUNDS} rounds with many winners");
    println!("link: {linked} of {ROUNDS} rounds with many winners");
    Ok(())
}

/// Who finds the name free takes it, too late perhaps.
fn look_and_rename(from: &Path, to: &Path) -> bool {
    !to.exists() && fs::rename(from, to).is_ok()
}

/// Who gets the name is the only one.
fn link(from: &Path, to: &Path) -> bool {
    fs::hard_link(from, to).is_ok()
}

/// In how many rounds more than one thread was told that its file has the name.
fn rounds_with_many_winners(
    folder: &Path,
    place: fn(&Path, &Path) -> bool,
) -> io::Result<usize> {
    let target = folder.join("a.txt");
    let mut rounds = 0;
    for _ in 0..ROUNDS {
        let parts: Vec<_> =
            (0..THREADS).map(|n| folder.join(format!(".part-{n}"))).collect();
        for part in &parts {
            fs::write(part, "contents")?;
        }
        let start = Barrier::new(THREADS);
        let try_one = |part: &Path| {
            start.wait();
            place(part, &target)
        };
        let winners = thread::scope(|scope| {
            let threads: Vec<_> =
                parts.iter().map(|part| scope.spawn(|| try_one(part))).collect();
            threads
                .into_iter()
                .filter_map(|t| t.join().ok())
                .filter(|won| *won)
                .count()
        });
        rounds += usize::from(winners > 1);
        fs::remove_file(&target)?;
    }
    Ok(rounds)
}
