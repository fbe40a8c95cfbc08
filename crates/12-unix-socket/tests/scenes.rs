//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    stale,
    live,
    no_permission,
    path_too_long,
    no_socket,
    another_program,
    seen_by_ss,
    the_end,
    grace,
}
