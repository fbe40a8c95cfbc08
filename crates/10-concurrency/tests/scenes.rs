//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    threads,
    one,
    staircase,
    pool,
    submit_wait,
    panic,
    panic_in_pool,
    processes,
    reaped,
    full,
    no_descriptors,
    the_end,
    end_of_one,
    end_of_pool,
    end_of_processes,
}
