//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    glued,
    pieces,
    large_write,
    write_waits,
    character_cut,
    nodelay,
    kept_pace,
    pauses,
    seen_by_ss,
    framed,
    framed_large,
    framed_any_size,
    byte_order,
    little,
    no_frames,
    cut_frame,
}
