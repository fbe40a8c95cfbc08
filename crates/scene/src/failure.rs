//! What went wrong in a play, said so that a student can mend it.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::listen::Entry;
use crate::parse::Stream;

/// A result, or the first thing that went wrong.
pub type Played<T> = Result<T, Box<Failure>>;

/// The first thing in a play that was not as the scene says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the scene.
    pub line: usize,
    what: String,
    expected: Option<(Stream, String)>,
    printed: Option<(Stream, String)>,
    /// Where the printed line begins to differ, in characters.
    differs: Option<usize>,
    transcript: Vec<Entry>,
}

impl Failure {
    pub(crate) fn new(line: usize, what: String) -> Box<Self> {
        Box::new(Failure {
            line,
            what,
            expected: None,
            printed: None,
            differs: None,
            transcript: Vec::new(),
        })
    }

    pub(crate) fn after(mut self: Box<Self>, transcript: &[Entry]) -> Box<Self> {
        self.transcript = transcript.to_vec();
        self
    }

    pub(crate) fn expected(
        mut self: Box<Self>,
        stream: Stream,
        text: String,
    ) -> Box<Self> {
        self.expected = Some((stream, text));
        self
    }

    pub(crate) fn printed(
        mut self: Box<Self>,
        text: String,
        differs: usize,
    ) -> Box<Self> {
        let stream =
            self.expected.as_ref().map_or(Stream::Out, |(stream, _)| *stream);
        self.differs = Some(differs);
        self.extra(stream, text)
    }

    pub(crate) fn extra(
        mut self: Box<Self>,
        stream: Stream,
        text: String,
    ) -> Box<Self> {
        self.printed = Some((stream, text));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.line, self.what)?;
        let on = |stream: Stream| match stream {
            Stream::Out => "stdout",
            Stream::Err => "stderr",
        };
        if let Some((stream, text)) = &self.expected {
            writeln!(f, "  expected on {}: {text}", on(*stream))?;
        }
        if let Some((stream, text)) = &self.printed {
            writeln!(f, "  printed  on {}: {text}", on(*stream))?;
        }
        if let (Some(differs), Some((_, text))) = (self.differs, &self.printed) {
            let before: String = text.chars().take(differs).collect();
            let margin = "  printed  on stdout: ".len() + before.width();
            writeln!(f, "{}^ differs from here", " ".repeat(margin))?;
        }
        writeln!(f, "What happened until then:")?;
        for entry in &self.transcript {
            writeln!(f, "  {entry}")?;
        }
        Ok(())
    }
}
