//! Unix sockets: as TCP, by paths.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use scene::Temp;
use wiretap::fault::{Faults, Switches};
use wiretap::listen::Address;
use wiretap::relay::{Relay, serve};
use wiretap::reporter::{Reporter, Wanted};

#[test]
fn bytes_and_half_closes_pass_by_paths_and_faults_act() {
    let folder = Temp::new();
    let [back, front] = ["back", "front"].map(|name| folder.join(name));
    let server = UnixListener::bind(&back).unwrap();
    let listener = Address::unix(&front).unwrap().listen().unwrap();
    let wanted = Wanted { pieces: false, bytes: 0, all: false };
    let (reporter, _events) = Reporter::new(wanted);
    let faults = Faults { flip: Some(0), ..Faults::default() };
    let relay = Relay {
        to: Address::unix(&back).unwrap(),
        reporter: Arc::new(reporter),
        switches: Switches::new([faults, Faults::default()]),
    };
    thread::spawn(move || serve(&listener, relay));

    let mut client = UnixStream::connect(&front).unwrap();
    let (mut server, _) = server.accept().unwrap();
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    }
    client.write_all(b"hello").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    server.read_to_string(&mut text).unwrap();
    assert_eq!(text, "iello");
    server.write_all(b"answer").unwrap();
    drop(server);
    client.read_to_string(&mut text).unwrap();
    assert_eq!(text, "ielloanswer");
}

#[test]
fn a_dead_socket_file_is_replaced_and_nothing_else() {
    let folder = Temp::new();
    let path = folder.join("socket");
    let address = Address::unix(&path).unwrap();
    drop(address.listen().unwrap()); // its file stays
    let alive = address.listen().unwrap();
    let error = |address: &Address| address.listen().unwrap_err().to_string();
    assert!(error(&address).ends_with("somebody listens there"));
    drop(alive);

    let file = folder.join("file");
    fs::write(&file, "precious").unwrap();
    let said = error(&Address::unix(&file).unwrap());
    assert!(said.ends_with("something that is no socket stands there"), "{said}");
    let link = folder.join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let said = error(&Address::unix(&link).unwrap());
    assert!(said.ends_with("something that is no socket stands there"), "{said}");
    assert!(path.exists() && link.exists());
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn a_path_that_is_too_long_is_refused_in_words() {
    let error = Address::unix(&PathBuf::from("x".repeat(200))).unwrap_err();
    assert!(error.to_string().contains("cannot be a socket's path"), "{error}");
}

#[test]
fn the_advice_for_a_path_does_not_speak_of_ports() {
    let folder = Temp::new();
    let advice = |path: PathBuf| {
        let error = Address::unix(&path).unwrap().listen().unwrap_err();
        wiretap::place::advised(error).to_string()
    };
    let said = advice(folder.join("none/socket"));
    assert!(said.ends_with("The folder of the socket must exist."), "{said}");
    fs::write(folder.join("file"), "").unwrap();
    let said = advice(folder.join("file"));
    assert!(said.contains("Take another path") && !said.contains("port"), "{said}");
}
