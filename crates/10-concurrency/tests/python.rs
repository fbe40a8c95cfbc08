//! The book's Python client talks with lesson 10's server. Skipped where Python is
//! missing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "so a test fails")]

mod common;

use std::io::Read;

use common::{FOREVER, MODELS, Server};

#[test]
fn thirty_python_clients_at_once_are_served_by_every_model() {
    for model in MODELS {
        let server = Server::start(model, 100, FOREVER);
        let port = server.addr.port().to_string();
        let args = ["127.0.0.1", &port, "30"];
        let file = "concurrency_client.py";
        let started = scene::python::start(env!("CARGO_MANIFEST_DIR"), file, &args);
        let Some(mut clients) = started else { return };
        let mut answers = String::new();
        clients.0.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
        let expected: Vec<_> = (0..30).map(|n| format!("CLIENT {n}")).collect();
        assert_eq!(answers.lines().collect::<Vec<_>>(), expected, "{model:?}");
        assert!(clients.0.wait().unwrap().success());
    }
}

#[test]
fn a_python_client_learns_that_the_server_is_full() {
    let server = Server::start(concurrency::Model::Threads, 1, FOREVER);
    let here = common::client(server.addr);
    assert!(concurrency::ask(&here, b"hello").is_ok());
    let port = server.addr.port().to_string();
    let args = ["127.0.0.1", &port, "1"];
    let file = "concurrency_client.py";
    let started = scene::python::start(env!("CARGO_MANIFEST_DIR"), file, &args);
    let Some(mut client) = started else { return };
    let mut answer = String::new();
    client.0.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "the server is full (limit 1), try later\n");
}
