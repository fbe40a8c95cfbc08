//! Takes the events out of the queue: into the record, onto the terminal, and to the
//! page.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::iter;
use std::sync::mpsc::Receiver;

use cli::context;

use crate::event::{Event, What};
use crate::record::{Session, write_line};
use crate::reporter::Reporter;
use crate::view::View;
use crate::web::told::Teller;

/// So many events are printed at once, at most.
const BATCH: usize = 64;

/// Shows events until there are no more, that is for ever; records them first if
/// there is a record, and tells the page if there is one. Whatever has been shown is in the file, even if this process
/// is killed.
///
/// # Errors
///
/// The record cannot be written: it would not be whole.
pub fn show(
    events: &Receiver<Event>,
    reporter: &Reporter,
    mut view: View,
    mut record: Option<BufWriter<File>>,
    mut page: Option<Teller>,
) -> io::Result<()> {
    while let Ok(first) = events.recv() {
        let mut text = String::new();
        for event in iter::once(first).chain(events.try_iter().take(BATCH)) {
            if let Some(record) = &mut record {
                write_line(record, &event).map_err(context("cannot record"))?;
            }
            text += &view.lines(&event);
            if let Some(page) = &mut page {
                page.tell(event);
            }
        }
        if let Some(record) = &mut record {
            record.flush().map_err(context("cannot record"))?;
        }
        let missed = reporter.missed();
        if missed > 0 {
            let what = What::NotShown { count: missed };
            text += &view.lines(&Event { at: 0, connection: 0, what });
        }
        if !text.is_empty() {
            cli::print(text.as_bytes());
        }
    }
    Ok(())
}

/// Begins a record: what was in the file is lost.
///
/// # Errors
///
/// The file cannot be made or written.
pub fn record(path: &str, session: &Session) -> io::Result<BufWriter<File>> {
    let file =
        File::create(path).map_err(context(format!("cannot record to {path}")))?;
    let mut record = BufWriter::new(file);
    write_line(&mut record, session).map_err(context("cannot record"))?;
    record.flush().map_err(context("cannot record"))?;
    Ok(record)
}
