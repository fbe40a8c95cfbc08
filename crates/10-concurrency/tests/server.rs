//! What must hold of every model, whatever its clients do, and of its end.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use common::{FOREVER, LIMIT, MODELS, Server, assert_serves, client};
use concurrency::{Acceptor, Clients, Model, Submit, Waker, ask};
use scene::{uninterrupted, wait_until};

const POOL: Model = Model::Pool(2, Submit::Queue);

#[test]
fn every_byte_comes_back_in_upper_case_in_order_until_the_half_close() {
    let sent: Vec<u8> = (0..1 << 20).map(|number| (number % 251) as u8).collect();
    for model in MODELS {
        let mut stream = client(Server::start(model, 10, FOREVER).addr);
        let mut writer = stream.try_clone().unwrap();
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                writer.write_all(&sent).unwrap();
                writer.shutdown(Shutdown::Write).unwrap();
            });
            stream.read_to_end(&mut received).unwrap();
        });
        assert!(received == sent.to_ascii_uppercase(), "{model:?}");
    }
}

#[test]
fn survives_clients_that_close_reset_or_make_the_handler_panic() {
    for model in MODELS {
        let server = Server::start(model, 10, FOREVER);
        for _ in 0..20 {
            drop(client(server.addr));
            let mut rude = client(server.addr);
            rude.write_all(b"hello").unwrap();
            uninterrupted(|| rude.peek(&mut [0])).unwrap();
            drop(rude); // with the answer unread: a reset
            let boom = ask(&client(server.addr), b"boom").unwrap_err();
            assert_eq!(boom.kind(), ErrorKind::UnexpectedEof, "{model:?}");
        }
        assert_serves(server.addr);
    }
}

#[test]
fn two_hundred_clients_at_once_are_all_served() {
    for model in MODELS {
        let server = Server::start(model, 1000, FOREVER);
        thread::scope(|scope| {
            for number in 0..200 {
                let addr = server.addr;
                scope.spawn(move || {
                    let stream = client(addr);
                    stream.set_read_timeout(Some(LIMIT * 3)).unwrap();
                    let text = format!("client {number}");
                    let answer = ask(&stream, text.as_bytes()).unwrap();
                    assert_eq!(answer, text.to_ascii_uppercase().as_bytes());
                });
            }
        });
    }
}

#[test]
fn silent_and_flooding_clients_hold_up_nobody_where_each_has_a_thread() {
    let server = Server::start(Model::Threads, 1000, FOREVER);
    let silent: Vec<_> = (0..100).map(|_| client(server.addr)).collect();
    let flood = client(server.addr);
    flood.set_nonblocking(true).unwrap();
    while (&flood).write_all(&[b'x'; 65536]).is_ok() {}
    assert_serves(server.addr);
    drop((silent, flood));
}

#[test]
fn a_pool_of_two_serves_two_and_then_the_others_in_order() {
    let server = Server::start(POOL, 10, FOREVER);
    let [one, two, three, four] = [(); 4].map(|()| client(server.addr));
    assert!(ask(&one, b"x").is_ok() && ask(&two, b"x").is_ok());
    for (waiting, leaving) in [(&three, one), (&four, two)] {
        (&mut &*waiting).write_all(b"x").unwrap();
        waiting.set_nonblocking(true).unwrap();
        assert_eq!(
            waiting.peek(&mut [0]).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        waiting.set_nonblocking(false).unwrap();
        drop(leaving);
        assert_eq!(uninterrupted(|| (&mut &*waiting).read(&mut [0])).unwrap(), 1);
    }
}

#[test]
fn who_is_waited_for_is_served_alone_whatever_the_number_of_workers() {
    let server = Server::start(Model::Pool(8, Submit::Wait), 10, FOREVER);
    let first = client(server.addr);
    assert!(ask(&first, b"x").is_ok());
    let mut second = client(server.addr);
    second.write_all(b"x").unwrap();
    second.set_nonblocking(true).unwrap();
    assert!(ask(&first, b"x").is_ok()); // by now the second would have its answer
    assert_eq!(second.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    second.set_nonblocking(false).unwrap();
    drop(first);
    assert_eq!(uninterrupted(|| second.read(&mut [0])).unwrap(), 1);
}

#[test]
fn who_comes_when_it_is_full_gets_one_line_and_the_end_of_file() {
    for model in [Model::Threads, POOL] {
        let server = Server::start(model, 2, FOREVER);
        let here = [client(server.addr), client(server.addr)];
        here.iter().for_each(|stream| drop(ask(stream, b"x").unwrap()));
        for size in [0, 1, 1 << 20] {
            let mut refused = client(server.addr);
            // It may send what it likes and gets the line all the same.
            let sent = refused.write_all(&vec![b'x'; size]);
            let mut line = String::new();
            refused.read_to_string(&mut line).unwrap();
            assert_eq!(line, "the server is full (limit 2), try later\n");
            assert!(sent.is_ok() || size > 1);
        }
        drop(here);
        wait_until("there is a place", || ask(&client(server.addr), b"x").is_ok());
    }
}

#[test]
fn many_who_are_refused_and_stay_hold_up_nobody() {
    let server = Server::start(Model::Threads, 1, FOREVER);
    let here = client(server.addr);
    assert!(ask(&here, b"x").is_ok());
    let stay: Vec<_> = (0..200).map(|_| client(server.addr)).collect();
    for mut refused in stay.iter() {
        let mut line = String::new();
        refused.read_to_string(&mut line).unwrap();
        assert!(line.starts_with("the server is full"));
    }
    assert!(ask(&here, b"x").is_ok());
    // Nor do they keep the server's descriptors, each for as long as it may.
    let mut stay = stay;
    wait_until("they are closed", || {
        stay.retain(|mut refused| refused.write_all(b"x").is_ok());
        stay.is_empty()
    });
}

#[test]
fn a_place_is_given_back_whatever_ends_the_conversation() {
    for model in MODELS {
        let server = Server::start(model, 1, FOREVER);
        for _ in 0..20 {
            let mut next = client(server.addr);
            wait_until("there is a place", || {
                let boom = ask(&next, b"boom").unwrap_err();
                next = client(server.addr);
                boom.kind() == ErrorKind::UnexpectedEof
            });
        }
    }
}

#[test]
fn without_clients_it_ends_at_once_wherever_it_listens() {
    for model in MODELS {
        for on in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
            if TcpListener::bind(on).is_err() {
                eprintln!("skipped: no {on} here");
                continue;
            }
            let server = Server::listen(on, model, 10, FOREVER);
            server.stop();
            assert_eq!(server.end(), 0, "{model:?} on {on}");
        }
    }
}

#[test]
fn conversations_may_end_by_themselves_and_nobody_new_comes() {
    for model in [Model::Threads, POOL] {
        let server = Server::start(model, 10, FOREVER);
        let here = client(server.addr);
        assert!(ask(&here, b"one").is_ok());
        server.stop();
        wait_until("the listener is closed", || {
            TcpStream::connect(server.addr).is_err()
        });
        assert_eq!(ask(&here, b"two").unwrap(), b"TWO");
        drop(here);
        assert_eq!(server.end(), 0);
    }
}

#[test]
#[cfg(unix)] // on Windows a shutdown wakes no read that waits
fn a_second_stop_cuts_and_every_client_learns_of_it() {
    for model in MODELS {
        let server = Server::start(model, 10, FOREVER);
        let mut served = client(server.addr);
        assert!(ask(&served, b"hello").is_ok());
        let mut waits = client(server.addr);
        waits.write_all(b"hello").unwrap();
        let is_served =
            matches!(model, Model::Threads | Model::Pool(_, Submit::Queue));
        if is_served {
            waits.read_exact(&mut [0; 5]).unwrap();
        }
        server.stop();
        server.stop();
        assert_eq!(server.end(), 1 + usize::from(is_served), "{model:?}");
        assert_eq!(uninterrupted(|| served.read(&mut [0])).unwrap(), 0);
        // Out of the backlog: a reset. It is the system that says it.
        let ended = uninterrupted(|| waits.read(&mut [0]));
        assert!(ended.map_or_else(
            |error| error.kind() == ErrorKind::ConnectionReset,
            |size| size == 0
        ));
    }
}

#[test]
fn the_grace_is_for_all_together_however_much_is_said() {
    let grace = Duration::from_millis(300);
    for model in MODELS {
        let server = Server::start(model, 10, grace);
        let here = client(server.addr);
        assert!(ask(&here, b"hello").is_ok());
        let started = Instant::now();
        server.stop();
        while ask(&here, b"still here").is_ok() {
            assert!(started.elapsed() < LIMIT, "the server does not end");
        }
        assert!(started.elapsed() >= grace);
        assert_eq!(server.end(), 1);
    }
}

#[test]
fn who_waits_in_the_queue_is_closed_at_once() {
    let server = Server::start(Model::Pool(1, Submit::Queue), 10, FOREVER);
    let here = client(server.addr);
    assert!(ask(&here, b"x").is_ok());
    let mut waiting = [client(server.addr), client(server.addr)];
    waiting.iter_mut().for_each(|stream| stream.write_all(b"hello").unwrap());
    wait_until("all are accepted", || server.clients.count() == 3);
    server.stop();
    for stream in &mut waiting {
        assert_eq!(uninterrupted(|| stream.read(&mut [0])).unwrap(), 0);
    }
    assert_eq!(ask(&here, b"y").unwrap(), b"Y");
    drop(here);
    assert_eq!(server.end(), 0);
}

#[test]
fn under_load_it_ends_as_well() {
    for model in MODELS {
        let server = Server::start(model, 50, Duration::from_millis(200));
        let load = || {
            let (addr, clients) = (server.addr, Arc::clone(&server.clients));
            move || {
                while !clients.is_stopping() {
                    let Ok(stream) = TcpStream::connect(addr) else { return };
                    stream.set_read_timeout(Some(LIMIT)).unwrap();
                    while ask(&stream, b"hello").is_ok() {}
                }
            }
        };
        let loading: Vec<_> = (0..20).map(|_| thread::spawn(load())).collect();
        wait_until("there is load", || server.clients.count() > 0);
        server.stop();
        server.end();
        loading.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn a_blocked_accept_is_woken_and_what_wakes_it_is_no_client() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let waker = Waker::new(&listener).unwrap();
    let clients = Clients::new(10);
    let mut acceptor = Acceptor::new(listener, clients.clone()).unwrap();
    let accepting = thread::spawn(move || acceptor.next().is_none());
    clients.stop();
    waker.wake();
    wait_until("accept returns", || accepting.is_finished());
    assert!(accepting.join().unwrap());
}
