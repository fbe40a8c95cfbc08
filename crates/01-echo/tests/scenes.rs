//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    connection_refused,
    silent_client,
    long_message,
    not_ascii,
}
