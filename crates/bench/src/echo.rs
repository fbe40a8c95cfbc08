//! The peer on tokio: a task for each client, every byte back with a-z in upper case.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Serves until it is killed.
///
/// # Errors
///
/// It cannot listen, or not accept.
pub fn serve(addr: SocketAddr) -> io::Result<()> {
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind(addr).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(talk(stream));
        }
    })
}

/// Lesson 2's communication loop, with `await` where it would block.
async fn talk(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let size = stream.read(&mut buffer).await?;
        if size == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..size].to_ascii_uppercase()).await?;
    }
}
