//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    session,
    stream,
    wrong_key,
    unknown_user,
    reflected,
    session_replayed,
    changed,
    replayed,
    dropped,
    swapped,
    cut,
    slow_reader,
    interrupt,
    leaves,
    timeout,
    two_clients,
    full,
    grace,
    listener,
}
