//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    one,
}
