//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    same_handler,
    full,
    never_there,
    server_restarts,
    unknown,
    resend,
    the_end,
}
