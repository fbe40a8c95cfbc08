//! Usage: `cargo wiretap --to ADDR [--listen ADDR] [OPTION]...`

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use cli::{Args, Error};
use wiretap::event::Direction;
use wiretap::fault::{Faults, Switches};
use wiretap::place::Place;
use wiretap::record::{Session, VERSION};
use wiretap::reporter::Reporter;
use wiretap::view::{self, View};
use wiretap::web::controls::Controls;
use wiretap::web::history::History;
use wiretap::web::told::Teller;
use wiretap::web::{self, Web};
use wiretap::{options, output, replay};

const USAGE: &str = "\
Usage: wiretap [OPTION]... --to ADDR [--listen ADDR], or wiretap --replay FILE

Stands between a client and a server, shows the bytes that pass, and disturbs them if
it is told to. Start the server, then wiretap, then the client with wiretap's address.

  --to ADDR           the server: IP:PORT
  --listen ADDR       where clients come (default 127.0.0.1:0, any free port)
  --udp               datagrams; a client is forgotten after --idle-timeout SECONDS
                      (default 60) without one
  --unix              both addresses are paths of Unix sockets; Ctrl-C removes its own
  --allow-remote      listen on an address that other machines can reach

What it shows: a line for each piece, and one for each connect, end, reset. The arrow
says what became of the piece: --> sent on as it came, --* a fault acted on it (\"sent\"
lines say what was sent on), --x not sent on.
  --limit BYTES       so many bytes of each piece (default 64)
  --frames            where lengths, headers and bodies of lessons 5 to 7 begin
  --text              without the hexadecimal digits
  --no-times          without the seconds since the last piece
  --quiet             without the pieces
  --width COLUMNS     (default: the terminal's, or 80)
  --record FILE       write the session to a file, and miss nothing: rather be slow
  --replay FILE       show such a file again, as above
    --svg             as a drawing instead, in English and Chinese (SVG, on stdout);
                      with --frames, --limit or --quiet, if you like
  --web ADDR          also as a page in the browser, with the faults as switches; with
                      --replay, too. IP:PORT of this machine, such as 127.0.0.1:8000

Faults of a stream, by count; an offset is the view's (@), the first is 0. What acts
after N bytes waits for the N-th to come, after 0 for the first, which is not sent on:
  --split N             at most N bytes with each write
  --glue                hold what comes, send it on with one write: after a pause, with
                        so many bytes, or at the end
    --glue-pause MS     (default 200)
    --glue-size BYTES   (default 65536)
  --delay MS            wait before each write
  --rate BYTES          so many a second
  --cut-after N         after N bytes end of file to both sides
  --half-close-after N  after N bytes end of file in this direction; it is still read
  --reset-after N       after N bytes a reset (RST) to both sides
  --stall-after N       after N bytes nothing more is taken or sent on
  --flip N              change the lowest bit of the byte at offset N
Faults of datagrams, by number (#), from 1, or several: 2,5:
  --drop K              do not send it on
  --duplicate K         send it on twice
  --reorder K           send it on behind the next
  --corrupt K           change the lowest bit of its first byte
  --truncate N          at most N bytes of each datagram
Faults by chance, the same each time for the same N:
  --seed N              streams: parts of 1 to 16 bytes; of 16 datagrams one is
                        dropped, one doubled, one sent on behind the next
Each is for both directions, or for one:
  --client-to-server, --server-to-client

What it cannot see: how many writes the bytes took over there, and when; it sees what
its own reads return. Nor what the systems do (acknowledgements, repeated segments), and
each side has a connection of its own with wiretap, not with the other.
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut Args) -> Result<(), Error> {
    let terminal = terminal_size::terminal_size_of(io::stdout());
    let width = terminal.map(|(width, _)| usize::from(width.0));
    let shown = options::view(args, width)?;
    let svg = args.flag("--svg");
    let web = options::web(args)?;
    match args.option::<String>("--replay", "a file")? {
        Some(_) if svg && web.is_some() => {
            let text = "expected only one of --svg and --web".to_string();
            Err(Error::Usage(text))
        }
        Some(file) => {
            args.finish()?;
            match svg {
                true => Ok(replay::draw(&file, shown)?),
                false => Ok(replay::show(&file, shown, web)?),
            }
        }
        None if svg => {
            let text = "--svg draws what was recorded: expected --replay FILE, too";
            Err(Error::Usage(text.to_string()))
        }
        None => relay(args, shown, web),
    }
}

fn relay(
    args: &mut Args,
    shown: view::Options,
    web: Option<SocketAddr>,
) -> Result<(), Error> {
    let transport = options::transport(args)?;
    let faults = options::faults(args, transport)?;
    let file = args.option::<String>("--record", "a file")?;
    let place = Place::bind(args, transport)?;
    let page = web.map(web::listen).transpose()?;

    let session = Session {
        wiretap: VERSION,
        transport,
        listen: place.listen()?,
        to: place.to(),
        faults: faults.clone(),
    };
    let record = file.map(|file| output::record(&file, &session)).transpose()?;
    println!("listening on {}", session.listen);
    say_seed(&faults);

    let everything = record.is_some() || page.is_some();
    let (reporter, events) = Reporter::new(options::wanted(&shown, everything));
    let (reporter, switches) = (Arc::new(reporter), Switches::new(faults));
    let teller = match page {
        None => None,
        Some(page) => {
            println!("the page is http://{}/", page.local_addr()?);
            let told = Arc::clone(&reporter);
            let controls = Controls::new(switches.clone(), told, transport);
            Some(serve(page, session, controls))
        }
    };
    let told = Arc::clone(&reporter);
    thread::spawn(move || place.serve(told, switches));
    let view = View::new(shown, transport);
    output::show(&events, &reporter, view, record, teller)?;
    Ok(())
}

/// Serves the page in a thread of its own.
fn serve(page: TcpListener, session: Session, controls: Controls) -> Teller {
    let history = Arc::new(History::default());
    let teller = Teller::new(Arc::clone(&history), session.transport);
    let web = Web { history, session, controls: Some(controls) };
    thread::spawn(move || web.serve(&page));
    teller
}

fn say_seed(faults: &[Faults; 2]) {
    for (direction, faults) in Direction::BOTH.iter().zip(faults) {
        if let Some(seed) = faults.seed {
            println!("{direction}: faults by chance, --seed {seed}");
        }
    }
}
