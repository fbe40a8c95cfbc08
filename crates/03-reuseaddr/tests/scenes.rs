//! The scenes of this lesson, played with the real programs.

scene::tests! {
    backlog,
    client_first,
    good_run,
    no_limit,
    not_my_address,
    off_then_off,
    off_then_on,
    on_then_on,
    reserved_port,
    seen_by_ss,
    two_listeners,
}
