//! The calls that no lesson needs yet: getsockopt, setblocking, gettimeout, makefile,
//! on a connection of this program with itself.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use socket2::SockRef;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    // getsockopt(SOL_SOCKET, SO_REUSEADDR): what did std set?
    let reuse = SockRef::from(&listener).reuse_address()?;
    println!("SO_REUSEADDR of a std listener: {reuse}");

    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;

    // gettimeout: None waits for ever.
    println!("read time-out: {:?}", client.read_timeout()?);
    client.set_read_timeout(Some(Duration::from_millis(100)))?;
    println!("read time-out: {:?}", client.read_timeout()?);
    print_error("nothing came in time", client.read(&mut [0; 1024]));
    let zero = client.set_read_timeout(Some(Duration::ZERO));
    print_error("a time-out of zero", zero);

    // setblocking(False) is set_nonblocking(true).
    client.set_nonblocking(true)?;
    print_error("nothing has come yet", client.read(&mut [0; 1024]));
    client.set_nonblocking(false)?;

    // makefile: a buffer around the stream, for whoever reads lines.
    server.write_all("first\nsecond\n".as_bytes())?;
    drop(server); // close
    for line in BufReader::new(&client).lines() {
        println!("line: {}", line?);
    }
    // SO_ERROR, which connect_ex is made of.
    println!("pending error: {:?}", client.take_error()?);
    Ok(())
}

fn print_error<T>(what: &str, result: io::Result<T>) {
    match result {
        Ok(_) => println!("{what}: no error"),
        Err(error) => println!("{what}: {:?}: {error}", error.kind()),
    }
}
