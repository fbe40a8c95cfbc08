//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    wrong_key,
    replay,
    no_answer,
    byte_by_byte,
    cut_answer,
    key_on_command_line,
    short_key,
    on_the_wire,
    changed_byte,
}
