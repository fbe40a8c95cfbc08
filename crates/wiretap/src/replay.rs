//! A record again: as lines, as the page, as a drawing.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use cli::{complain, context};

use crate::event::Event;
use crate::record::Record;
use crate::svg::{self, Drawing};
use crate::view::{self, View};
use crate::web::history::History;
use crate::web::told::Teller;
use crate::web::{self, Web};

/// Prints a record as lines, and then serves the page of it for ever, if there is to
/// be one.
///
/// # Errors
///
/// The file cannot be read, or is no record; the page's address cannot be had.
pub fn show(
    file: &str,
    shown: view::Options,
    web: Option<SocketAddr>,
) -> io::Result<()> {
    let page = web.map(web::listen).transpose()?;
    let mut record = open(file)?;
    let transport = record.session.transport;
    let mut view = View::new(shown, transport);
    let history = Arc::new(History::default());
    let mut teller = Teller::new(Arc::clone(&history), transport);
    for_each(file, &mut record, |event| {
        cli::print(view.lines(&event).as_bytes());
        teller.tell(event);
    })?;
    let Some(page) = page else { return Ok(()) };
    println!("the page is http://{}/", page.local_addr()?);
    Web { history, session: record.session, controls: None }.serve(&page)
}

/// Prints a record as a drawing.
///
/// # Errors
///
/// The file cannot be read, or is no record.
pub fn draw(file: &str, shown: view::Options) -> io::Result<()> {
    let mut record = open(file)?;
    let view::Options { limit, frames, quiet, .. } = shown;
    let id = "wiretap".to_string();
    let options = svg::Options { id, title: None, limit, frames, quiet };
    let mut drawing = Drawing::new(options, &record.session);
    for_each(file, &mut record, |event| drawing.take(&event))?;
    cli::print(drawing.svg().as_bytes());
    Ok(())
}

fn open(file: &str) -> io::Result<Record<File>> {
    let input = File::open(file).map_err(context(format!("cannot read {file}")))?;
    Record::open(input).map_err(context(file))
}

/// All events; of a record that is cut, those before that, and a complaint.
fn for_each(
    file: &str,
    record: &mut Record<File>,
    mut take: impl FnMut(Event),
) -> io::Result<()> {
    for event in record {
        match event {
            Ok(event) => take(event),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                complain(format!("wiretap: {file}: {error}"));
            }
            Err(error) => return Err(context(file)(error)),
        }
    }
    Ok(())
}
