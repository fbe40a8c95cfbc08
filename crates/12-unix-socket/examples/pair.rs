//! Two threads and a pair of sockets between them: a connection without address,
//! listener or file.

use std::io;
use std::thread;

fn main() -> io::Result<()> {
    let (mut one, other) = unix_socket::pair()?;
    let server = thread::spawn(|| unix_socket::talk(other));
    for line in ["hello", "how are you?"] {
        let answer = unix_socket::ask(&mut one, line.as_bytes())?;
        cli::print_line(&answer);
    }
    drop(one); // the end of file for the other
    let total =
        server.join().map_err(|_| io::Error::other("the thread panicked"))??;
    println!("{total} bytes");
    Ok(())
}
