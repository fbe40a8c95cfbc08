//! Usage: `concurrency-server [--model one|threads|processes|pool] [--workers N] [--submit wait|queue] [--max-clients N] [--grace SECONDS] [--panic-on WORD] [ADDR]`

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use concurrency::{Acceptor, Clients, Handler, Model, Waker, serve};

const USAGE: &str = "\
Usage: concurrency-server [--model one|threads|processes|pool] [--workers N]
                          [--submit wait|queue] [--max-clients N]
                          [--grace SECONDS] [--panic-on WORD] [ADDR]
       concurrency-server --inetd [--panic-on WORD]

Serves many clients: every byte comes back in upper case. Ctrl-C ends the server,
twice ends it at once.

  ADDR             IP:PORT to listen on (default 127.0.0.1:7010; port 0: any free)
  --model MODEL    one after the other; threads or processes: one for each client;
                   pool: a fixed number of threads for all (default threads)
  --workers N      how many threads the pool has (default 4)
  --submit HOW     the pool: wait for each client's end before the next is accepted,
                   or put it into a queue and go on (default queue)
  --max-clients N  who comes when there are so many is sent away (default 1024)
  --grace SECONDS  how long conversations may go on after Ctrl-C (default 5; 0: they
                   are cut at once)
  --panic-on WORD  a fault to be watched: the handler panics when a client sends WORD
  --inetd          talk with one client, on standard input and output: what the model
                   processes starts for each
  -h, --help       print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let handler = Handler { panic_on: args.option("--panic-on", "a word")? };
    if args.flag("--inetd") {
        args.finish()?;
        return Ok(handler.talk(io::stdin().lock(), io::stdout().lock())?);
    }
    let name: Option<String> = args.option("--model", "a model")?;
    let workers = args.number("--workers", 1..=10_000)?;
    let submit = args.option("--submit", "wait or queue")?;
    let model = Model::new(name.as_deref().unwrap_or("threads"), workers, submit)
        .map_err(cli::Error::Usage)?;
    let max_clients = args.number("--max-clients", 1..=1_000_000)?.unwrap_or(1024);
    let grace = args.seconds_from_zero("--grace")?.unwrap_or(Duration::from_secs(5));
    let addr = args.address(concurrency::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    let addr = listener.local_addr()?;
    let (clients, waker) = (Clients::new(max_clients), Waker::new(&listener)?);
    let stopped = Arc::clone(&clients);
    ctrlc::set_handler(move || {
        stopped.stop();
        waker.wake();
    })
    .map_err(io::Error::other)?;
    let acceptor = Acceptor::new(listener, Arc::clone(&clients))?;
    println!("listening on {addr}");
    let cut = serve(model, acceptor, &clients, handler, grace)?;
    println!("ended, conversations cut: {cut}");
    Ok(())
}
