//! Bytes as rows for a terminal: hexadecimal digits, and beside them the text.

use unicode_width::UnicodeWidthStr;

/// How bytes are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Bytes in a row, at most; 0: no digits, only text.
    pub bytes: usize,
    /// Columns of text in a row, at most.
    pub text: usize,
}

impl Layout {
    /// What fits into so many columns; four bytes at least, whatever fits.
    pub fn within(columns: usize) -> Self {
        // A byte takes two digits, a blank, and a column or two of text.
        let fitting = columns.saturating_sub(1) / 5;
        let bytes = match fitting {
            0..4 => 4,
            4..16 => fitting / 4 * 4,
            _ => 16,
        };
        Layout { bytes, text: columns.saturating_sub(3 * bytes + 1).max(4) }
    }

    /// Only text.
    pub fn text(columns: usize) -> Self {
        Layout { bytes: 0, text: columns.max(8) }
    }

    /// True if a short message fits into one row when its text follows the digits at
    /// once, instead of standing below the others.
    fn is_one_row(&self, bytes: &[u8], text: &str) -> bool {
        let columns = 3 * self.bytes + 1 + self.text;
        let taken = 3 * bytes.len() + 1 + text.width();
        (self.bytes + 1..=16).contains(&bytes.len())
            && self.bytes > 0
            && taken <= columns
    }

    /// One row; the digits padded such that all rows' texts stand below each other.
    fn row(&self, bytes: &[u8], text: &str) -> String {
        if self.bytes == 0 {
            return text.to_string();
        }
        let digits: Vec<_> =
            bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{:<width$}  {text}", digits.join(" "), width = 3 * self.bytes - 1)
    }
}

/// What a character is made of, and how it is shown.
type Unit<'a> = (&'a [u8], String);

/// The bytes as rows. A character stands in one row with all of its bytes; what is
/// no UTF-8 is shown as `\xNN`. `…` stands where a piece cuts a character: `missing`
/// is how many bytes of one the piece before has left for this one, and is changed
/// to how many this one leaves for the next.
pub fn rows(bytes: &[u8], layout: Layout, missing: &mut usize) -> Vec<String> {
    let units = units(bytes, missing);
    let text: String = units.iter().map(|(_, shown)| shown.as_str()).collect();
    if layout.is_one_row(bytes, &text) {
        return vec![layout.row(bytes, &text)];
    }
    let mut rows = Vec::new();
    let (mut start, mut end, mut text) = (0, 0, String::new());
    for (unit, shown) in units {
        let size = end - start + unit.len();
        let too_many = layout.bytes > 0 && size > layout.bytes;
        if end > start && (too_many || text.width() + shown.width() > layout.text) {
            rows.push(layout.row(&bytes[start..end], &text));
            (start, text) = (end, String::new());
        }
        end += unit.len();
        text += &shown;
    }
    if end > start {
        rows.push(layout.row(&bytes[start..end], &text));
    }
    rows
}

fn units<'a>(bytes: &'a [u8], missing: &mut usize) -> Vec<Unit<'a>> {
    let is_tail = |byte: &&u8| matches!(byte, 0x80..=0xbf);
    let tail = bytes.iter().take(*missing).take_while(is_tail).count();
    let (tail, rest) = bytes.split_at(tail);
    *missing = if rest.is_empty() { *missing - tail.len() } else { 0 };
    let mut units = Vec::new();
    if !tail.is_empty() {
        units.push((tail, format!("…{}", shown(tail))));
    }
    let mut at = 0;
    for chunk in rest.utf8_chunks() {
        for char in chunk.valid().chars() {
            let end = at + char.len_utf8();
            units.push((&rest[at..end], shown(&rest[at..end])));
            at = end;
        }
        let invalid = &rest[at..at + chunk.invalid().len()];
        at += invalid.len();
        if !invalid.is_empty() {
            units.push((invalid, shown(invalid)));
        }
        if at == rest.len() {
            *missing = missing_after(invalid);
        }
    }
    if let (Some((_, last)), true) = (units.last_mut(), *missing > 0) {
        last.push('…');
    }
    units
}

/// How many bytes are missing behind bytes that may be the beginning of a character.
fn missing_after(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => {
            let size =
                bytes.first().map_or(0, |first| first.leading_ones() as usize);
            size.saturating_sub(bytes.len())
        }
        _ => 0,
    }
}

/// A peer must not steer the terminal. No more than 32 characters: one, or its bytes.
fn shown(bytes: &[u8]) -> String {
    if bytes == b"\"" {
        return "\"".to_string(); // nothing here stands in quotes
    }
    let quoted = cli::show(bytes);
    quoted[1..quoted.len() - 1].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: Layout = Layout { bytes: 8, text: 20 };
    const NARROW: Layout = Layout { bytes: 8, text: 8 };

    fn texts(pieces: &[&[u8]]) -> Vec<String> {
        let mut missing = 0;
        let mut row = |piece: &&[u8]| {
            let rows = rows(piece, EIGHT, &mut missing);
            rows.iter().map(|row| row.trim_end()[25..].to_string()).collect()
        };
        pieces.iter().flat_map(|piece| -> Vec<String> { row(piece) }).collect()
    }

    #[test]
    fn digits_stand_beside_text_and_texts_below_each_other() {
        let rows = rows(b"hello feng", NARROW, &mut 0);
        assert_eq!(rows[0], "68 65 6c 6c 6f 20 66 65  hello fe");
        assert_eq!(rows[1], "6e 67                    ng");
    }

    #[test]
    fn a_short_message_stands_in_one_row_if_it_fits() {
        let short = rows(b"hellofeng", EIGHT, &mut 0);
        assert_eq!(short, ["68 65 6c 6c 6f 66 65 6e 67  hellofeng"]);
        assert_eq!(rows(&[b'x'; 17], EIGHT, &mut 0).len(), 3);
    }

    #[test]
    fn a_character_stands_in_one_row_with_all_its_bytes() {
        let rows = rows("abcdefg你".as_bytes(), NARROW, &mut 0);
        assert_eq!(rows[0], "61 62 63 64 65 66 67     abcdefg");
        assert_eq!(rows[1], "e4 bd a0                 你");
    }

    #[test]
    fn a_character_that_is_cut_is_marked_on_both_sides() {
        let bytes = "你好".as_bytes();
        assert_eq!(texts(&[&bytes[..4], &bytes[4..]]), ["你\\xe5…", "…\\xa5\\xbd"]);
        let single: Vec<_> = bytes[..3].chunks(1).collect();
        assert_eq!(texts(&single), ["\\xe4…", "…\\xbd…", "…\\xa0"]);
        let smile = "😀".as_bytes();
        assert_eq!(
            texts(&[&smile[..1], &smile[1..]]),
            ["\\xf0…", "…\\x9f\\x98\\x80"]
        );
    }

    #[test]
    fn text_alone_fills_the_row() {
        let rows = rows("hello 你好\n".as_bytes(), Layout::text(10), &mut 0);
        assert_eq!(rows, ["hello 你好", "\\n"]);
    }

    #[test]
    fn what_is_no_utf_8_is_no_cut_character() {
        assert_eq!(texts(&[b"\xff\xe4"]), ["\\xff\\xe4…"]);
        assert_eq!(texts(&[b"\xe4x"]), ["\\xe4x"]);
        assert_eq!(texts(&[b"\xe4", b"x\xa0"]), ["\\xe4…", "x\\xa0"]);
        assert_eq!(texts(&[b"\x80"]), ["\\x80"]);
        assert_eq!(texts(&[b"\xc0\xe4\xbd"]), ["\\xc0\\xe4\\xbd…"]);
    }

    #[test]
    fn what_could_steer_a_terminal_is_escaped() {
        assert_eq!(texts(&[b"\x1b[2J\n\0"]), ["\\x1b[2J\\n\\0"]);
        assert_eq!(texts(&["\u{202e}".as_bytes()]), ["\\u{202e}"]);
        assert_eq!(texts(&[b"it's \"\\\""]), ["it's \"\\\\\""]);
    }

    #[test]
    fn no_row_is_wider_than_it_may_be() {
        let bytes: Vec<u8> = (0..=255).chain("你好\u{202e}".bytes()).collect();
        for columns in 24..100 {
            for row in rows(&bytes, Layout::within(columns), &mut 0) {
                assert!(row.width() <= columns, "{columns}: {row:?}");
            }
        }
    }
}
