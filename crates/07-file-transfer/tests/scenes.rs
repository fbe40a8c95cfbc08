//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    bad_name,
    not_a_file,
    missing,
    digest,
    killed_put,
    idle_timeout,
    resume,
    changed_part,
    exists,
    two_clients,
}
