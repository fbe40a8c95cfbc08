//! What a reader sees.

scene::tests! {
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
