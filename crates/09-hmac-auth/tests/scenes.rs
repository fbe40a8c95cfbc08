//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    wrong_key,
    replay,
    byte_by_byte,
    cut_answer,
    no_answer,
    short_key,
    key_on_command_line,
    changed_byte,
    on_the_wire,
}
