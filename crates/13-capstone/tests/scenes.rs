//! What a reader sees.

scene::tests! {
    session,
    stream,
    interrupt,
    leaves,
    timeout,
    two_clients,
    slow_reader,
    full,
    grace,
    wrong_key,
    unknown_user,
    listener,
    changed,
    replayed,
    dropped,
    swapped,
    cut,
    reflected,
    session_replayed,
}
