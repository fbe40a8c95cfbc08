//! Usage: `concurrency-client [--clients N [--messages M] [--pause SECONDS] | --clients N --steps] [--svg FILE] [ADDR]`

use std::path::PathBuf;
use std::process::ExitCode;

use concurrency::{Plan, crowd, play, talk};

const USAGE: &str = "\
Usage: concurrency-client [ADDR]
       concurrency-client --clients N [--messages M] [--pause SECONDS] [--svg FILE]
                          [ADDR]
       concurrency-client --clients N --steps [--svg FILE] [ADDR]

Sends each line that you type and prints the answer, until the end of input or the
line quit. Or it is many clients, and draws who waited how long for whom.

  ADDR             IP:PORT of the server (default 127.0.0.1:7010)
  --clients N      so many clients at once
  --messages M     each sends so many, and waits for each answer (default 1)
  --pause SECONDS  each thinks for so long before a further message (default: not)
  --steps          each sends one and stays; Enter lets the first who is served leave
  --svg FILE       draw the chart into a file, too
  -h, --help       print this help
";

fn main() -> ExitCode {
    cli::main(USAGE, run)
}

fn run(args: &mut cli::Args) -> Result<(), cli::Error> {
    let clients = args.number("--clients", 1..=1000)?;
    let messages = args.number("--messages", 1..=1_000_000)?;
    let pause = args.seconds("--pause")?;
    let steps = args.flag("--steps");
    let svg: Option<PathBuf> = args.option("--svg", "a file")?;
    let addr = args.address(concurrency::DEFAULT_ADDR)?;
    args.finish()?;
    let plan =
        Plan { messages: messages.unwrap_or(1), pause: pause.unwrap_or_default() };
    let timed = messages.is_some() || pause.is_some();
    let chart = match clients {
        None if timed || steps || svg.is_some() => {
            return wrong("--messages, --pause, --steps and --svg need --clients N");
        }
        None => return Ok(talk(addr, cli::lines())?),
        Some(_) if timed && steps => {
            return wrong("expected --steps, or --messages and --pause, not both");
        }
        Some(clients) if steps => play(addr, clients, cli::lines())?,
        Some(clients) => crowd(addr, clients, plan),
    };
    println!("{chart}");
    svg.map_or(Ok(()), |file| chart.save(&file))?;
    Ok(chart.all_served()?)
}

fn wrong(text: &str) -> Result<(), cli::Error> {
    Err(cli::Error::Usage(text.to_string()))
}
