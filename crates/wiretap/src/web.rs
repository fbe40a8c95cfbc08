//! The page in the browser (`--web`): its files, the events, and the switches.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /`, and the files it names | the page |
//! | `GET /events` | `session` (an object), then arrays of events, for ever; `missed`: so many were no longer kept |
//! | `POST /faults` | switches: two objects, as in a record |

pub mod controls;
pub mod guard;
pub mod history;
pub mod http;
pub mod told;
pub mod viewer;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use cli::{complain, context};
use comm_loop::pause_after;
use serde_json::json;

use crate::record::Session;
use controls::Controls;
use guard::Guard;
use history::History;
use http::{Refusal, Request};
use viewer::Start;

/// So many connections are served at once; one more is told to come later.
const MAX_CONNECTIONS: usize = 64;

const TEXT: &str = "text/plain; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page's files: path, type, text.
const FILES: [(&str, &str, &str); 11] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/index.html")),
    ("/style.css", "text/css; charset=utf-8", include_str!("../page/style.css")),
    ("/icon.svg", "image/svg+xml", include_str!("../page/icon.svg")),
    ("/app.js", SCRIPT, include_str!("../page/app.js")),
    ("/bytes.js", SCRIPT, include_str!("../page/bytes.js")),
    ("/faults.js", SCRIPT, include_str!("../page/faults.js")),
    ("/player.js", SCRIPT, include_str!("../page/player.js")),
    ("/session.js", SCRIPT, include_str!("../page/session.js")),
    ("/speak.js", SCRIPT, include_str!("../page/speak.js")),
    ("/stream.js", SCRIPT, include_str!("../page/stream.js")),
    ("/words.js", SCRIPT, include_str!("../page/words.js")),
];

/// The page of one relay, or of one record.
#[derive(Debug)]
pub struct Web {
    /// Where the events are.
    pub history: Arc<History>,
    /// What the page shows in its head.
    pub session: Session,
    /// The switches; none: a record is shown.
    pub controls: Option<Controls>,
}

/// Listens for browsers.
///
/// # Errors
///
/// Those of bind, with the address.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .map_err(context(format!("cannot serve the page on {address}")))
}

impl Web {
    /// Serves every browser in a thread of its own. Never returns.
    pub fn serve(self, listener: &TcpListener) -> ! {
        let web = Arc::new(self);
        let run = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let run: Arc<str> = format!("{:x}", run.as_micros()).into();
        loop {
            let served = listener.accept().and_then(|(stream, _)| {
                let (web, run) = (Arc::clone(&web), Arc::clone(&run));
                thread::Builder::new().spawn(move || {
                    // A browser that has gone is nobody's concern.
                    let _ = web.talk(stream, &run);
                })
            });
            if let Err(error) = served {
                complain(format!("wiretap: cannot serve the page: {error}"));
                pause_after(&error);
            }
        }
    }

    fn talk(self: Arc<Self>, mut stream: TcpStream, run: &str) -> io::Result<()> {
        // Each thread has a clone, and one is the accept loop's.
        if Arc::strong_count(&self) > MAX_CONNECTIONS + 1 {
            drop(self); // who is sent away does not count
            let text = format!("there are {MAX_CONNECTIONS} connections already");
            return http::answer(stream, 503, TEXT, &text);
        }
        let guard = Guard::new(stream.local_addr()?);
        let Some(request) = http::read(&mut stream)? else { return Ok(()) };
        let request =
            request.and_then(|request| guard.check(&request).map(|()| request));
        let answered = request.and_then(|request| {
            if (&request.method[..], &request.path[..]) == ("GET", "/events") {
                return Ok(Err(request));
            }
            self.answer(&request).map(Ok)
        });
        match answered {
            Ok(Ok((kind, body))) => http::answer(stream, 200, kind, body),
            Ok(Err(request)) => {
                let start = Start { run, seen: request.header("Last-Event-ID") };
                viewer::serve(stream, &self.history, &self.head(run), &start)
            }
            Err((status, text)) => http::answer(stream, status, TEXT, &text),
        }
    }

    fn answer(&self, request: &Request) -> Result<(&'static str, &str), Refusal> {
        let file = FILES.iter().find(|(path, ..)| *path == request.path);
        match (&request.method[..], &request.path[..], file) {
            ("GET", _, Some((_, kind, text))) => Ok((kind, text)),
            ("POST", "/faults", _) => self.switch(request),
            (_, "/faults" | "/events", _) | (_, _, Some(_)) => {
                Err((405, format!("no {} here", request.method)))
            }
            _ => Err((404, "no such page".into())),
        }
    }

    fn switch(&self, request: &Request) -> Result<(&'static str, &str), Refusal> {
        // What no form can send: so a browser asks first whether a foreign page may.
        if request.header("Content-Type") != Some("application/json") {
            return Err((415, "expected Content-Type: application/json".into()));
        }
        let Some(controls) = &self.controls else {
            return Err((
                403,
                "a record is shown: there is nothing to switch".into(),
            ));
        };
        controls.switch(&request.body).map_err(|error| (400, error))?;
        Ok((TEXT, "switched\n"))
    }

    /// What a viewer is told first.
    fn head(&self, run: &str) -> String {
        let live = self.controls.as_ref();
        let faults = live.map(Controls::faults);
        let Session { transport, listen, to, faults: begun, .. } = &self.session;
        let faults = faults.as_ref().unwrap_or(begun);
        let (live, kept) = (live.is_some(), history::MAX_EVENTS);
        json!({
            "run": run, "transport": transport, "listen": listen, "to": to,
            "live": live, "faults": faults, "kept": kept,
        })
        .to_string()
    }
}
