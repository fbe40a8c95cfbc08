//! Bytes from a peer, made safe and short for a terminal.

/// More characters than this are cut off: a log line stays a line on a projector.
const MAX_CHARS: usize = 32;

/// The bytes as text in quotes: UTF-8 as its characters, control characters escaped
/// (a peer must not steer the terminal), other bytes as `\xNN`. What is longer than
/// 32 characters ends in `…` outside the quotes.
///
/// ```
/// assert_eq!(cli::show("你好\n".as_bytes()), r#""你好\n""#);
/// assert_eq!(cli::show(b"\xE4\xBD"), r#""\xe4\xbd""#);
/// ```
pub fn show(bytes: &[u8]) -> String {
    let mut shown = String::from('"');
    let mut left = MAX_CHARS;
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if left == 0 {
                return shown + "\"…";
            }
            left -= 1;
            match char {
                '\'' => shown.push(char),
                '\x01'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f' => {
                    shown += &format!("\\x{:02x}", u32::from(char));
                }
                _ => shown.extend(char.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            if left == 0 {
                return shown + "\"…";
            }
            left -= 1;
            shown += &format!("\\x{byte:02x}");
        }
    }
    shown + "\""
}

/// A peer's text as one line for a terminal, all of it and without quotes: control
/// characters, line separators and marks that turn the direction of writing are
/// escaped, and so are bytes that are not UTF-8.
///
/// ```
/// assert_eq!(cli::printable("你好\n".as_bytes()), r"你好\n");
/// assert_eq!(cli::printable("\u{202e}".as_bytes()), r"\u{202e}");
/// ```
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match may_steer(char) {
                true => text.extend(char.escape_debug()),
                false => text.push(char),
            }
        }
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

fn may_steer(char: char) -> bool {
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}');
    let turns_all =
        matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    char.is_control() || turns || turns_all
}

#[cfg(test)]
mod tests {
    use super::show;

    #[test]
    fn what_could_steer_a_terminal_is_escaped() {
        assert_eq!(show(b"\x1b[2J\x07\r"), r#""\x1b[2J\x07\r""#);
        assert_eq!(show("\u{202e}".as_bytes()), r#""\u{202e}""#);
    }

    #[test]
    fn a_character_cut_in_two_is_shown_as_bytes_beside_whole_ones() {
        assert_eq!(show(&"你好".as_bytes()[..4]), r#""你\xe5""#);
    }

    #[test]
    fn long_bytes_are_cut_after_32_characters_and_say_so() {
        assert_eq!(show(&[b'x'; 32]), format!("\"{}\"", "x".repeat(32)));
        assert_eq!(show(&[b'x'; 33]), format!("\"{}\"…", "x".repeat(32)));
        assert_eq!(show(&[0xff; 5000]).chars().count(), 32 * 4 + 3);
    }

    #[test]
    fn quotes_and_backslashes_can_be_told_from_the_frame_around_them() {
        assert_eq!(show(br#"it's "\"#), r#""it's \"\\""#);
    }
}
