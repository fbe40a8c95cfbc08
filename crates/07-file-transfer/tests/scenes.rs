//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    missing,
    bad_name,
    not_a_file,
    exists,
    digest,
    resume,
    changed_part,
    two_clients,
    killed_put,
    idle_timeout,
}
