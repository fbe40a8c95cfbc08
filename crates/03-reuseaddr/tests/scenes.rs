//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    off_then_off,
    off_then_on,
    two_listeners,
    reserved_port,
    not_my_address,
    backlog,
    no_limit,
    seen_by_ss,
    on_then_on,
    client_first,
}
