//! Usage: ex_2_2 [ADDR] (exercise 2.2: count the clients)

use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Usage: ex_2_2 [ADDR]

Lesson 2's server; after each client it says how many it has served.
";

/// How long the server waits after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let addr = args.address(comm_loop::DEFAULT_ADDR)?;
    args.finish()?;

    let listener = TcpListener::bind(addr)
        .map_err(cli::context(format!("cannot listen on {addr}")))?;
    println!("listening on {}", listener.local_addr()?);
    serve(&listener, None)
}

fn serve(listener: &TcpListener, idle_timeout: Option<Duration>) -> ! {
    let mut served = 0_u64;
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                println!("{peer} connected");
                match comm_loop::talk(stream, idle_timeout) {
                    Ok(total) => println!("{peer} closed after {total} bytes"),
                    Err(error) => eprintln!("ex_2_2: {peer}: {error}"),
                }
                served += 1;
                println!("clients served: {served}");
            }
            Err(error) => {
                eprintln!("ex_2_2: cannot accept: {error}");
                #[expect(
                    clippy::disallowed_methods,
                    reason = "no event tells of a free descriptor"
                )]
                std::thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
}
