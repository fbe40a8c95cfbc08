//! The chart as a picture for the book, in both languages, light and dark.

use std::path::Path;
use std::{fs, io};

use cli::context;

use crate::Chart;

/// In the picture's own units: where the bars begin, how long they may be, how far
/// apart they are.
const LEFT: f64 = 40.0;
const WIDTH: f64 = 660.0;
const LINE: f64 = 30.0;

/// What waits is pale, what is served is full. The rest is as in the other figures.
const HEAD: &str = r##"<svg id="ID" class="figure" role="img" aria-labelledby="ID-title ID-desc" viewBox="0 0 720 HEIGHT" xmlns="http://www.w3.org/2000/svg">
  <title lang="en" id="ID-title">Who waited how long for whom</title>
  <title lang="zh" id="ID-title">谁等谁，等了多久</title>
  <desc lang="en" id="ID-desc">A line for each client on one time axis, pale while it waits for its first answer, full while it is served. ABOUT_EN</desc>
  <desc lang="zh" id="ID-desc">每个客户端一行，共用一条时间轴：浅色是在等第一个回答，深色是正得到服务。ABOUT_ZH</desc>
  <style lang="en">#ID [lang=zh]{display:none}</style>
  <style>
    #ID:root{font-family:system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
    #ID .who{fill:var(--fg,#222);font-size:18px}
    #ID .end{text-anchor:end}
    #ID .mid{text-anchor:middle}
    #ID .waits{fill:var(--fig-b,#b3470a);fill-opacity:.3}
    #ID .served{fill:var(--fig-a,#1f5fa8)}
    @media (prefers-color-scheme:dark){
      #ID:root{background:#1d1f21}
      #ID:root .who{fill:#ddd}
      #ID:root .waits{fill:#f0a070}
      #ID:root .served{fill:#7fb2f0}
    }
  </style>
"##;

impl Chart {
    /// An SVG; `name` keeps it apart from others on its page (letters, digits, `-`;
    /// anything else becomes `-`).
    pub fn svg(&self, name: &str) -> String {
        let name = name.replace(|char: char| !char.is_ascii_alphanumeric(), "-");
        let height = LINE * (self.rows.len() as f64 + 1.0);
        let mut svg = HEAD
            .replace("ID", &format!("fig-{name}"))
            .replace("HEIGHT", &height.to_string())
            .replace("ABOUT_EN", &self.in_words("Client ", " waited ", "; "))
            .replace("ABOUT_ZH", &self.in_words("客户端 ", " 等了 ", "；"));
        for number in 0..self.rows.len() {
            svg += &self.line(number);
        }
        let (y, right) = (height - 10.0, LEFT + WIDTH);
        let (mid, end) = (LEFT + WIDTH / 2.0, self.time(self.end()));
        svg += &format!(
            r#"  <text class="who" x="{LEFT}" y="{y}">0</text>
  <text lang="en" class="who mid" x="{mid}" y="{y}">pale: waits; full: is served</text>
  <text lang="zh" class="who mid" x="{mid}" y="{y}">浅色：等待；深色：得到服务</text>
  <text class="who end" x="{right}" y="{y}">{end}</text>
</svg>
"#
        );
        svg
    }

    /// Writes the picture into a file, whose name without its extension is `name`.
    ///
    /// # Errors
    ///
    /// The system's, with the file's name.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        fs::write(file, self.svg(&name))
            .map_err(context(format!("cannot write {}", file.display())))
    }

    fn line(&self, index: usize) -> String {
        let (row, y) = (&self.rows[index], LINE * index as f64);
        let length = |time| self.share(time) * WIDTH;
        let (waited, served) = row.lengths();
        let (x, waited, served) =
            (LEFT + length(row.came), length(waited), length(served));
        format!(
            r#"  <text class="who end" x="30" y="{}">{}</text>
  <rect class="waits" x="{x:.1}" y="{}" width="{waited:.1}" height="22"/>
  <rect class="served" x="{:.1}" y="{}" width="{served:.1}" height="22"/>
"#,
            y + 21.0,
            index + 1,
            y + 4.0,
            x + waited,
            y + 4.0
        )
    }

    /// For who cannot see it.
    fn in_words(&self, client: &str, waited: &str, between: &str) -> String {
        let words = |(number, row): (usize, &crate::Row)| {
            format!("{client}{number}{waited}{}", self.time(row.lengths().0))
        };
        (1..).zip(&self.rows).map(words).collect::<Vec<_>>().join(between)
    }
}
