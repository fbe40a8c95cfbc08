//! The scenes of this lesson, played with the real programs.

scene::tests! {
    connection_refused,
    good_run,
    long_message,
    not_ascii,
    silent_client,
}
