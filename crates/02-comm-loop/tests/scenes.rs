//! The scenes of this lesson, played with the real programs.

scene::tests! {
    broken_pipe,
    empty_message,
    end_of_file,
    good_run,
    half_close,
    idle_timeout,
    reset,
    second_client_waits,
    server_restarts,
}
