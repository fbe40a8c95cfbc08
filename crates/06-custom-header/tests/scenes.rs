//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    exit_status,
    at_once,
    promise,
    refused,
    not_json,
    cut_header,
    limits,
}
