//! Exercise 12.4: one server with two doors, a path and a port, and one `talk`.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::thread;

use cli::complain;
use unix_socket::{Listener, default_path, talk};

fn main() -> io::Result<()> {
    let path = default_path();
    let by_path = Listener::bind(&path)?;
    println!("listening on {}", path.display());
    let by_port = TcpListener::bind("127.0.0.1:7012")?;
    println!("listening on {}", by_port.local_addr()?);
    thread::spawn(move || serve(|| by_path.accept()));
    serve(|| by_port.accept().map(|(stream, _)| stream))
}

/// Gives each client of one door a thread of its own. (Lesson 12's server does not
/// end when accept fails.)
fn serve<S: Read + Write + Send + 'static>(
    accept: impl Fn() -> io::Result<S>,
) -> io::Result<()> {
    loop {
        let stream = accept()?;
        thread::spawn(|| match talk(stream) {
            Ok(total) => println!("closed after {total} bytes"),
            Err(error) => complain(error),
        });
    }
}
