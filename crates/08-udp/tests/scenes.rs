//! The scenes of this lesson, played with the real programs, in the chapter's order.

scene::tests! {
    good_run,
    messages,
    empty_message,
    read_size,
    largest,
    client_first,
    refused,
    lost,
    late_answer,
    same_text,
    stranger,
    connected,
    chat,
}
