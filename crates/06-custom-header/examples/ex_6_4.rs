//! Exercise 6.4: the header says how long the command took. Usage: `ex_6_4`; one
//! client after the other, on lesson 6's address.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use custom_header::{
    DEFAULT_ADDR, Header, MAX_COMMAND, invalid, parse_object, read_frame,
    write_frame,
};
use remote_shell::{Cancel, End, Limits, run};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind(DEFAULT_ADDR)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        if let Err(error) = talk(stream) {
            eprintln!("{peer}: {error}");
        }
    }
}

fn talk(mut stream: TcpStream) -> io::Result<()> {
    let limits = Limits { timeout: Duration::from_secs(30), max_output: 1 << 20 };
    while let Some(request) = read_frame(&mut stream, MAX_COMMAND)? {
        let command = str::from_utf8(&request).map_err(|_| invalid("not UTF-8"))?;
        let start = Instant::now();
        let output = run(command, limits, &Cancel::default())?;
        let duration = start.elapsed();
        let header = Header {
            total_size: (output.stdout.len() + output.stderr.len()) as u64,
            stdout_size: output.stdout.len() as u64,
            exit_code: match output.end {
                End::Exited(code) => Some(code),
                _ => None,
            },
            truncated: output.end == End::TooMuch,
            error: None,
        };
        let mut answer = Vec::new();
        write_frame(&mut answer, &with_duration(&header, duration)?)?;
        answer.extend([output.stdout, output.stderr].concat());
        stream.write_all(&answer)?;
    }
    Ok(())
}

/// The header as JSON, with one member more.
fn with_duration(header: &Header, duration: Duration) -> io::Result<Vec<u8>> {
    let mut object = parse_object(&header.to_json())?;
    object.insert("duration_ms".to_string(), json!(duration.as_millis() as u64));
    Ok(Value::Object(object).to_string().into_bytes())
}
