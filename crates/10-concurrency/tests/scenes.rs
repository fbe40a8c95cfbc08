//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    one,
    staircase,
    threads,
    processes,
    reaped,
    pool,
    submit_wait,
    panic,
    panic_in_pool,
    full,
    no_descriptors,
    the_end,
    end_of_one,
    end_of_pool,
    end_of_processes,
}
