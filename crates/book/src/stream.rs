//! `{{#stream}}`: what a scene's programs wrote and read, drawn over the stream of bytes
//! between them. The drawing is made from the lines that they print: `wrote 5 bytes: "..."`,
//! `read 9 bytes: "..."`, `message of 5 bytes: "..."`.

use std::path::Path;

use scene::parse::{Kind, Scene, Stream};

use crate::html::escape;
use crate::{Lang, scene_html};

/// How long a stream may be, in bytes: more would be too small to read.
const MAX_BYTES: usize = 32;

/// How many bytes the length of a frame takes.
const LENGTH_SIZE: usize = 4;

/// The drawing's width, in the units of its `viewBox`.
const WIDTH: usize = 720;

/// Draws the scene `LESSON/NAME`.
///
/// # Errors
///
/// No such scene, or none whose programs say what they wrote and read, whole.
pub fn render(root: &Path, lang: Lang, scene: &str) -> Result<String, String> {
    let (_, parsed) = scene_html::find(root, scene)?;
    let drawing = Drawing::new(&parsed)?;
    let id = format!("stream-{}", scene.replace('/', "-"));
    Ok(drawing.svg(lang, &id))
}

/// A run of bytes that one call has carried.
#[derive(Debug, PartialEq)]
struct Piece {
    size: usize,
    text: String,
    /// The bytes of its length in front of it, if it is a message in a frame.
    length: usize,
}

#[derive(Debug)]
struct Drawing {
    writes: Vec<Piece>,
    reads: Vec<Piece>,
    /// The stream, and the same as the reads show it.
    cells: Vec<Cell>,
    read_cells: Vec<Cell>,
    bytes: usize,
}

/// A character or a byte as it is shown, and how many bytes it takes.
type Cell = (String, usize);

impl Drawing {
    fn new(scene: &Scene) -> Result<Self, String> {
        let (mut writes, mut reads, mut cells) =
            (Vec::new(), Vec::new(), Vec::new());
        for step in &scene.steps {
            let Kind::Print(_, Stream::Out, text) = &step.kind else { continue };
            let line = text.fill(&scene.shown);
            if let Some(piece) = piece(&line, "wrote ", 0) {
                cells.extend(unescape(&piece.text)?);
                writes.push(piece);
            } else if let Some(piece) = piece(&line, "read ", 0)
                .or_else(|| piece(&line, "message of ", LENGTH_SIZE))
            {
                reads.push(piece);
            }
        }
        let sum = |pieces: &[Piece]| {
            pieces.iter().map(|piece| piece.length + piece.size).sum::<usize>()
        };
        let (bytes, read) = (sum(&writes), sum(&reads));
        let shown: usize = cells.iter().map(|(_, size)| size).sum();
        if bytes != read || bytes != shown || !(1..=MAX_BYTES).contains(&bytes) {
            return Err(format!(
                "the scene wrote {bytes} bytes, shows {shown} of them, and read {read}: \
                 expected the same three times, 1 to {MAX_BYTES}"
            ));
        }
        let read_cells = cells_of(&reads, &cells)?;
        Ok(Drawing { writes, reads, cells, read_cells, bytes })
    }

    fn svg(&self, lang: Lang, id: &str) -> String {
        let mut svg = format!(
            "<figure class=\"drawing\">\n<svg id=\"{id}\" class=\"stream\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"0 0 {WIDTH} 310\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"{id}-title\">{}</title>\n\
             <desc id=\"{id}-desc\">{}</desc>\n",
            lang.say("What was written, and what was read", "写了几次，读了几次"),
            escape(&self.words(lang)),
        );
        svg += &label(
            26,
            lang.say("client, user space: its writes", "客户端，用户态：每次 write"),
        );
        svg += &self.pieces(&self.writes, 38, "stream-write", lang);
        svg += &self.texts(&self.cells, 38);
        svg += &label(136, &self.kernel(lang));
        svg += &self.rect(0, self.bytes, 148, "stream-kernel");
        svg += &self.texts(&self.cells, 148);
        svg += &label(
            226,
            lang.say("server, user space: its reads", "服务端，用户态：每次 read"),
        );
        svg += &self.pieces(&self.reads, 238, "stream-read", lang);
        svg += &self.texts(&self.read_cells, 238);
        svg + "</svg>\n</figure>\n"
    }

    fn kernel(&self, lang: Lang) -> String {
        match lang {
            Lang::En => format!(
                "both kernels and the wire: {} bytes, no boundary",
                self.bytes
            ),
            Lang::Zh => {
                format!("两边的内核和网络：{} 个字节，没有边界", self.bytes)
            }
        }
    }

    /// All that the drawing says, for those who do not see it.
    fn words(&self, lang: Lang) -> String {
        let list = |pieces: &[Piece]| {
            let sizes: Vec<_> = pieces
                .iter()
                .map(|piece| format!("{} ({})", piece.size, piece.text))
                .collect();
            sizes.join(lang.say(", ", "、"))
        };
        let (writes, reads) = (list(&self.writes), list(&self.reads));
        match lang {
            Lang::En => format!(
                "The client writes so many bytes: {writes}. {}. The server reads: {reads}.",
                self.kernel(lang)
            ),
            Lang::Zh => format!(
                "客户端每次写的字节数：{writes}。{}。服务端每次读的：{reads}。",
                self.kernel(lang)
            ),
        }
    }

    fn pieces(&self, pieces: &[Piece], y: usize, class: &str, lang: Lang) -> String {
        let mut svg = String::new();
        let mut from = 0;
        for piece in pieces {
            if piece.length > 0 {
                svg += &self.rect(from, from + piece.length, y, "stream-length");
                svg += &self.caption(from, from + piece.length, y, "4");
                from += piece.length;
            }
            let to = from + piece.size;
            if piece.size > 0 {
                svg += &self.rect(from, to, y, class);
                let size = piece.size;
                let caption =
                    lang.say(format!("{size} bytes"), format!("{size} 字节"));
                svg += &self.caption(from, to, y, &caption);
            }
            from = to;
        }
        svg
    }

    fn x(&self, byte: usize) -> usize {
        let cell = (WIDTH - 20) / self.bytes.max(20);
        10 + byte * cell
    }

    fn rect(&self, from: usize, to: usize, y: usize, class: &str) -> String {
        let (x, width) = (self.x(from) + 2, self.x(to) - self.x(from) - 4);
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"38\" rx=\"6\"/>\n"
        )
    }

    fn caption(&self, from: usize, to: usize, y: usize, text: &str) -> String {
        let x = (self.x(from) + self.x(to)) / 2;
        format!(
            "<text class=\"stream-size\" x=\"{x}\" y=\"{}\">{text}</text>\n",
            y + 58
        )
    }

    fn texts(&self, cells: &[Cell], y: usize) -> String {
        let mut svg = String::new();
        let mut from = 0;
        for (text, size) in cells {
            let x = (self.x(from) + self.x(from + size)) / 2;
            svg += &format!(
                "<text class=\"stream-byte\" x=\"{x}\" y=\"{}\">{}</text>\n",
                y + 26,
                escape(text)
            );
            from += size;
        }
        svg
    }
}

/// The stream as the reads show it: a character that they cut is bytes to them.
fn cells_of(reads: &[Piece], stream: &[Cell]) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    let mut from = 0;
    for piece in reads {
        let mut at = 0;
        for cell in stream {
            if (from..from + piece.length).contains(&at) {
                cells.push(cell.clone());
            }
            at += cell.1;
        }
        cells.extend(unescape(&piece.text)?);
        from += piece.length + piece.size;
    }
    Ok(cells)
}

fn label(y: usize, text: &str) -> String {
    format!("<text class=\"stream-label\" x=\"12\" y=\"{y}\">{text}</text>\n")
}

/// A line such as `read 9 bytes: "hellofeng"`.
fn piece(line: &str, verb: &str, length: usize) -> Option<Piece> {
    let (size, rest) = line.strip_prefix(verb)?.split_once(" bytes: \"")?;
    let (text, after) = rest.rsplit_once('"')?;
    let whole = after.is_empty() || after.starts_with(" (");
    let size = size.parse().ok().filter(|_| whole)?;
    Some(Piece { size, text: text.to_string(), length })
}

/// What `cli::show` shows, taken apart: bytes that are no character as two digits.
fn unescape(text: &str) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            cells.push((char.to_string(), char.len_utf8()));
            continue;
        }
        let hex = match chars.next() {
            Some('0') => "00".to_string(),
            Some('t') => "09".to_string(),
            Some('n') => "0a".to_string(),
            Some('r') => "0d".to_string(),
            Some('x') => chars.by_ref().take(2).collect(),
            Some(sign @ ('\\' | '"')) => sign.to_string(),
            _ => return Err(format!("cannot draw the text {text:?}")),
        };
        cells.push((hex, 1));
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(steps: &str) -> Result<Drawing, String> {
        let text = format!("title.en A\ntitle.zh 甲\na$ sh\n{steps}");
        Drawing::new(&scene::parse::parse(&text).unwrap())
    }

    #[test]
    fn the_pieces_are_those_that_were_printed() {
        let drawing = drawing(
            "a| wrote 5 bytes: \"hello\"\na| wrote 4 bytes: \"feng\"\n\
             a| read 9 bytes: \"hellofeng\"\na| read 0 bytes: end of file\n",
        )
        .unwrap();
        let sizes =
            |pieces: &[Piece]| pieces.iter().map(|p| p.size).collect::<Vec<_>>();
        assert_eq!(sizes(&drawing.writes), [5, 4]);
        assert_eq!(sizes(&drawing.reads), [9]);
        assert_eq!((drawing.bytes, drawing.cells.len()), (9, 9));
        let cut = self::drawing(
            "a| wrote 3 bytes: \"你\"\na| read 1 bytes: \"\\xe4\"\na| read 2 bytes: \"\\xbd\\xa0\"\n",
        );
        assert_eq!(cut.unwrap().read_cells.len(), 3);
        let svg = drawing.svg(Lang::Zh, "x");
        assert!(svg.contains(">9 字节<") && svg.contains(">5 字节<"), "{svg}");
    }

    #[test]
    fn a_frame_has_its_length_in_front_and_a_character_is_as_wide_as_its_bytes() {
        let drawing = drawing(
            "a| wrote 7 bytes: \"\\0\\0\\0\\x03你\"\n\
             a| message of 3 bytes: \"你\" (2 reads)\n",
        )
        .unwrap();
        assert_eq!((drawing.reads[0].length, drawing.reads[0].size), (4, 3));
        assert_eq!(
            drawing.cells[3..],
            [("03".to_string(), 1), ("你".to_string(), 3)]
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for steps in [
            "a| hello\n",
            "a| wrote 5 bytes: \"hello\"\n",
            "a| wrote 5 bytes: \"hello\"\na| read 4 bytes: \"hell\"\n",
            "a| wrote 50 bytes: \"0123\"…\na| read 50 bytes: \"0123\"…\n",
        ] {
            assert!(drawing(steps).unwrap_err().contains("expected the same"));
        }
    }
}
