//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    same_handler,
    never_there,
    server_restarts,
    unknown,
    resend,
    full,
    the_end,
}
