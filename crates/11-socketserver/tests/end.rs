//! How a server ends: accept is woken, nobody new comes, who is there may finish or
//! is cut, and nothing is left.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use common::{
    THREADS, assert_answers, assert_answers_datagram, assert_serves_the_next,
    connect, datagrams, is_at_its_end, is_refused, port_to_keep, tcp, tcp_again,
    udp,
};
use socketserver::{Model, ServerHandle, UpperCase, start};

/// Nobody waits until then.
fn in_a_year() -> Instant {
    Instant::now() + Duration::from_secs(365 * 24 * 3600)
}

#[test]
fn idle_it_ends_at_once_and_its_port_is_free() {
    for model in [Model::One, THREADS] {
        let (server, addr) = tcp(UpperCase, model);
        assert_eq!(server.shutdown(), 0);
        assert!(is_refused(addr));
        assert_eq!(server.end(in_a_year()), 0);
        TcpListener::bind(addr).unwrap();

        let (server, addr) = udp(UpperCase, model);
        assert_answers_datagram(&datagrams(addr), b"hello");
        assert_eq!(server.end(in_a_year()), 0);
        drop(server);
        UdpSocket::bind(addr).unwrap();
    }
}

#[test]
fn also_if_it_listens_at_all_addresses() {
    for all in ["0.0.0.0:0", "[::]:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(all) else {
            assert_ne!(all, "0.0.0.0:0");
            continue; // no IPv6 here
        };
        let server = start(listener, UpperCase, THREADS).unwrap();
        assert_eq!(server.end(in_a_year()), 0);
        let socket = UdpSocket::bind(all).unwrap();
        let server = start(socket, UpperCase, Model::One).unwrap();
        assert_eq!(server.end(in_a_year()), 0);
    }
}

#[test]
fn who_is_there_may_finish_and_nobody_new_comes() {
    let (server, addr) = tcp(UpperCase, THREADS);
    let streams = [connect(addr), connect(addr)];
    streams.iter().for_each(|stream| assert_answers(stream, b"one"));
    assert_eq!(server.shutdown(), 2);
    assert!(is_refused(addr));
    streams.iter().for_each(|stream| assert_answers(stream, b"two"));
    drop(streams);
    assert_eq!(server.end(in_a_year()), 0);
}

#[test]
fn at_the_deadline_the_rest_is_cut_and_counted() {
    let (server, addr) = tcp(UpperCase, THREADS);
    let streams = [connect(addr), connect(addr), connect(addr)];
    streams.iter().for_each(|stream| assert_answers(stream, b"one"));
    let deadline = Instant::now() + Duration::from_millis(300);
    assert_eq!(server.end(deadline), 3);
    assert!(Instant::now() >= deadline);
    assert!(streams.into_iter().all(is_at_its_end));
    assert_eq!(server.end(in_a_year()), 0, "a second end has nothing to do");
}

#[test]
fn hurry_ends_the_grace() {
    let (server, addr) = tcp(UpperCase, THREADS);
    let stream = connect(addr);
    assert_answers(&stream, b"one");
    thread::scope(|scope| {
        server.shutdown(); // who tried whether it has would be counted
        let ending = scope.spawn(|| server.end(in_a_year()));
        assert_answers(&stream, b"two");
        server.hurry();
        assert_eq!(ending.join().unwrap(), 1);
    });
    assert!(is_at_its_end(stream));
}

#[test]
fn one_that_talks_is_cut_too_and_those_who_wait_are_reset() {
    let (server, addr) = tcp(UpperCase, Model::One);
    let talking = connect(addr);
    assert_answers(&talking, b"one");
    let mut waiting = connect(addr);
    assert_eq!(server.shutdown(), 1);
    assert_answers(&talking, b"two");
    assert_eq!(server.end(Instant::now()), 1);
    drop(server);
    assert!(is_at_its_end(talking));
    assert!(is_refused(addr));
    assert!(matches!(
        scene::uninterrupted(|| waiting.read(&mut [0])),
        Ok(0) | Err(_)
    ));
}

#[test]
#[cfg(unix)] // on Windows a shutdown wakes no read that waits
fn its_socket_is_closed_when_it_is_dropped_while_it_talks() {
    for _ in 0..200 {
        let (server, addr) = tcp(UpperCase, Model::One);
        let talking = connect(addr);
        assert_answers(&talking, b"one");
        drop(server);
        assert!(is_refused(addr));
    }
}

#[test]
fn a_handler_that_does_not_notice_is_cut_and_not_waited_for() {
    let (begun, has_begun) = mpsc::channel();
    let (goes_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let handler = move |_: &mut TcpStream, _: &str| {
        begun.send(()).unwrap();
        let _ = wait.lock().unwrap().recv(); // hears of no connection
        Ok(())
    };
    let (server, addr) = tcp(handler, THREADS);
    let _goes_on = goes_on; // dropped before the server, which waits for that
    let stream = connect(addr);
    has_begun.recv().unwrap();
    assert_eq!(server.end(Instant::now()), 1);
    assert!(is_at_its_end(stream));
}

#[test]
fn shut_down_twice_and_from_many_threads_it_ends_once() {
    let (server, addr) = tcp(UpperCase, THREADS);
    let stream = connect(addr);
    assert_answers(&stream, b"one");
    assert_eq!((server.shutdown(), server.shutdown()), (1, 1));
    let cut: usize = thread::scope(|scope| {
        let ends: Vec<_> =
            (0..8).map(|_| scope.spawn(|| server.end(Instant::now()))).collect();
        ends.into_iter().map(|end| end.join().unwrap()).sum()
    });
    assert_eq!(cut, 1);
}

#[test]
#[cfg(unix)] // on Windows a shutdown wakes no read that waits
fn dropping_it_cuts_all_and_waits_for_the_handlers() {
    let ended = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&ended);
    let handler = move |stream: &mut TcpStream, _: &str| {
        stream.write_all(b"here")?;
        assert!(is_at_its_end(stream), "it has been cut");
        (0..100).for_each(|_| thread::yield_now());
        ends.store(true, Ordering::SeqCst);
        Ok(())
    };
    let (server, addr) = tcp(handler, THREADS);
    let mut stream = connect(addr);
    stream.read_exact(&mut [0; 4]).unwrap();
    drop(server);
    assert!(ended.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&ended), 1, "somebody still has the handler");
    assert!(is_at_its_end(stream));
    assert!(is_refused(addr));
}

#[test]
fn started_and_dropped_again_and_again_on_the_same_port() {
    let (_port, addr) = port_to_keep();
    for _ in 0..50 {
        let _server = tcp_again(addr);
        assert_serves_the_next(addr);
    }
}

/// Connects as fast as it can, until nobody listens any more.
fn hammer(addr: SocketAddr, ready: &Barrier) {
    let mut came = 0;
    while let Ok(mut stream) = TcpStream::connect(addr) {
        let _ = stream.write_all(b"hello"); // cut, perhaps
        came += 1;
        if came == 10 {
            ready.wait();
        }
    }
    assert!(came >= 10);
}

#[test]
fn under_a_load_of_connects_it_ends_all_the_same() {
    for model in [Model::One, THREADS] {
        let (server, addr) = tcp(UpperCase, model);
        let ready = Barrier::new(5);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| hammer(addr, &ready));
            }
            ready.wait();
            drop(server);
        });
    }
}

#[test]
fn under_a_load_of_datagrams_it_ends_all_the_same() {
    for model in [Model::One, THREADS] {
        let (server, addr) = udp(UpperCase, model);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                    while !over.load(Ordering::SeqCst) {
                        let _ = socket.send_to(b"hello", addr);
                    }
                });
            }
            let socket = datagrams(addr);
            socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            scene::wait_until("an answer", || {
                socket.send(b"hello").unwrap();
                socket.recv(&mut [0; 10]).is_ok()
            });
            drop(server);
            over.store(true, Ordering::SeqCst);
        });
    }
}

/// The end, begun by the handler itself. In a handler of Python's plain `TCPServer` its
/// `shutdown` would wait for ever.
#[test]
fn a_handler_may_shut_its_server_down() {
    let server: Arc<std::sync::OnceLock<ServerHandle>> = Arc::default();
    let own = Arc::clone(&server);
    let handler = move |stream: &mut TcpStream, _: &str| {
        let left = own.get().ok_or(io::ErrorKind::NotFound)?.shutdown();
        stream.write_all(&[left as u8])
    };
    let (handle, addr) = tcp(handler, THREADS);
    assert!(server.set(handle).is_ok());
    let mut stream = connect(addr);
    let mut left = [0];
    stream.read_exact(&mut left).unwrap();
    assert_eq!(left, [1], "itself");
    assert_eq!(server.get().unwrap().end(in_a_year()), 0);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use scene::Temp;
    use socketserver::UnixSource;
    use std::os::unix::net::UnixStream;

    fn unix(temp: &Temp, model: Model) -> (ServerHandle, std::path::PathBuf) {
        let path = temp.0.join("s");
        let source = UnixSource::bind(&path).unwrap();
        (start(source, UpperCase, model).unwrap(), path)
    }

    #[test]
    fn a_unix_socket_goes_with_its_server() {
        for model in [Model::One, THREADS] {
            let temp = Temp::new();
            let (server, path) = unix(&temp, model);
            assert_answers(UnixStream::connect(&path).unwrap(), b"hello");
            assert_eq!(server.end(in_a_year()), 0);
            drop(server);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_conversation_over_a_unix_socket_is_cut() {
        let temp = Temp::new();
        let (server, path) = unix(&temp, THREADS);
        let stream = UnixStream::connect(&path).unwrap();
        assert_answers(&stream, b"hello");
        assert_eq!(server.shutdown(), 1);
        assert!(!path.exists());
        assert_answers(&stream, b"hello again");
        assert_eq!(server.end(Instant::now()), 1);
        assert!(is_at_its_end(stream));
    }

    #[test]
    fn who_comes_by_a_path_when_it_is_full_gets_one_line() {
        let temp = Temp::new();
        let (_server, path) = unix(&temp, Model::Threads(1));
        let here = UnixStream::connect(&path).unwrap();
        assert_answers(&here, b"hello");
        let mut late = UnixStream::connect(&path).unwrap();
        let mut said = String::new();
        late.read_to_string(&mut said).unwrap();
        assert_eq!(said, "the server is full (limit 1), try later\n");
    }

    #[test]
    fn where_accept_cannot_be_woken_dropping_does_not_wait_for_ever() {
        let temp = Temp::new();
        let (server, path) = unix(&temp, THREADS);
        let stream = UnixStream::connect(&path).unwrap();
        assert_answers(&stream, b"hello");
        std::fs::remove_file(&path).unwrap(); // nobody can connect any more
        drop(server);
        assert!(is_at_its_end(stream));
    }
}
