//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    wrong_command,
    both_streams,
    rest_of_the_answer,
    no_output,
    long_command,
    endless,
    too_much,
    client_leaves,
    not_loopback,
}
