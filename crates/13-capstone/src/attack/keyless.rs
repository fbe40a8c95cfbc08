//! An attacker who comes as a client, without any key.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use cli::context;
use custom_header::{MAX_MESSAGE, member, parse_object, read_frame, write_frame};
use serde_json::{Value, json};

use super::PATIENCE;

/// Connects as `user` without any key, and sends the server's own proof back.
///
/// # Errors
///
/// No server, or an answer that is none.
pub fn reflect(server: SocketAddr, user: &str) -> io::Result<()> {
    let mut stream = connect(server)?;
    let challenge = "0".repeat(2 * hmac_auth::SIZE);
    let hello = json!({"version": 1, "user": user, "challenge": challenge});
    write_frame(&mut stream, hello.to_string().as_bytes())?;
    let answer = read_frame(&mut stream, MAX_MESSAGE)?.unwrap_or_default();
    let answer = parse_object(&answer)?;
    let proof = member(&answer, "proof", "64 hexadecimal digits", Value::as_str)?;
    println!("the server has sent its proof for {user}");
    write_frame(&mut stream, json!({"proof": proof}).to_string().as_bytes())?;
    println!("it is sent back as ours");
    say_what_comes(stream)
}

/// Connects and sends the frames of a recorded client once more.
///
/// # Errors
///
/// No server, or no file.
pub fn play(server: SocketAddr, file: &Path) -> io::Result<()> {
    let bytes = cli::read_file(file)
        .map_err(context(format!("cannot read {}", file.display())))?;
    let mut stream = connect(server)?;
    stream.write_all(&bytes)?;
    println!("{} bytes sent once more", bytes.len());
    say_what_comes(stream)
}

fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server)
        .map_err(context(format!("cannot connect to {server}")))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A close with bytes unread comes as a reset.
fn say_what_comes(mut stream: impl Read) -> io::Result<()> {
    loop {
        match read_frame(&mut stream, MAX_MESSAGE) {
            Ok(Some(payload)) => println!("the server: {} bytes", payload.len()),
            Ok(None) => break,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => return Err(error),
        }
    }
    println!("the server has closed");
    Ok(())
}
