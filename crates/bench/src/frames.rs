//! The table of what criterion has measured.

use std::fs;
use std::io;
use std::path::Path;

use cli::context;
use serde_json::Value;

const SIZES: [(&str, &str); 4] =
    [("64 B", "64"), ("1 KiB", "1024"), ("64 KiB", "65536"), ("1 MiB", "1048576")];

const KINDS: [&str; 4] = ["copy", "copy_to_new", "write_frame", "read_frame"];

/// Prints the median of each benchmark, and how many times a plain copy that is.
///
/// # Errors
///
/// The files that criterion writes are not there, or not as they were in version 0.8.
pub fn print(target: &Path) -> io::Result<()> {
    println!(
        "{:>8}  {:>10}  {:>16}  {:>16}  {:>16}",
        "payload", "plain copy", "copy, new memory", "write_frame", "read_frame"
    );
    for (name, size) in SIZES {
        let copy = median(target, "copy", size)?;
        print!("{name:>8}  {:>10}", time(copy));
        for kind in &KINDS[1..] {
            let median = median(target, kind, size)?;
            let ratio = format!("{:.1}x", median / copy);
            print!("  {:>9} {ratio:>6}", time(median));
        }
        println!();
    }
    Ok(())
}

/// In nanoseconds.
fn median(target: &Path, kind: &str, size: &str) -> io::Result<f64> {
    let path = format!("criterion/frames/{kind}/{size}/new/estimates.json");
    let file = target.join(path);
    let text = fs::read_to_string(&file)
        .map_err(context(format!("cannot read {}", file.display())))?;
    let estimates: Value = serde_json::from_str(&text)?;
    let median = estimates["median"]["point_estimate"].as_f64();
    median
        .ok_or_else(|| io::Error::other(format!("{} has no median", file.display())))
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        0.0..1e3 => format!("{nanoseconds:.1} ns"),
        _ => format!("{:.2} µs", nanoseconds / 1e3),
    }
}
