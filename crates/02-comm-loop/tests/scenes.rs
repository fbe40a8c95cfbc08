//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    second_client_waits,
    end_of_file,
    reset,
    half_close,
    empty_message,
    server_restarts,
    broken_pipe,
    idle_timeout,
}
