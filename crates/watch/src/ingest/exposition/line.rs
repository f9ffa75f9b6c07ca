//! Reads one line of an exposition.

use super::super::labels::quote;
use super::super::{Limits, NAME};
use super::Format;
use std::borrow::Cow;

/// A line, read.
pub(super) enum Line<'a> {
    /// Nothing, a comment or a help text.
    Blank,
    Comment(Comment<'a>),
    Sample(SampleLine<'a>),
}

/// A comment that means something.
pub(super) enum Comment<'a> {
    Type { family: &'a str, word: &'a str },
    Unit { family: &'a str, unit: &'a str },
    End,
}

/// One sample; the metric's name is among the labels.
pub(super) struct SampleLine<'a> {
    pub labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub value: f64,
    pub time_ms: Option<i64>,
    pub exemplar: bool,
}

/// What is wrong with a line, and where in the body.
pub(super) struct Trouble {
    pub offset: usize,
    pub field: &'static str,
    pub problem: String,
}

/// Reads `raw`, which starts at byte `offset` of the body.
pub(super) fn read<'a>(raw: &'a str, offset: usize, format: Format, limits: &Limits) -> Result<Line<'a>, Trouble> {
    let text = raw.trim_end_matches(['\n', '\r']);
    let mut cursor = Cursor { rest: text, end: offset + text.len() };
    cursor.skip_blanks();
    match cursor.rest.strip_prefix('#') {
        Some(comment) => Ok(read_comment(comment)),
        None if cursor.rest.is_empty() => Ok(Line::Blank),
        None => read_sample(cursor, format, limits).map(Line::Sample),
    }
}

fn read_comment(comment: &str) -> Line<'_> {
    let mut words = comment.split([' ', '\t']).filter(|word| !word.is_empty());
    let mut next = || words.next().unwrap_or_default();
    match (comment.starts_with([' ', '\t']), next()) {
        (true, "TYPE") => Line::Comment(Comment::Type { family: next(), word: next() }),
        (true, "UNIT") => Line::Comment(Comment::Unit { family: next(), unit: next() }),
        (true, "EOF") => Line::Comment(Comment::End),
        _ => Line::Blank,
    }
}

fn read_sample<'a>(mut line: Cursor<'a>, format: Format, limits: &Limits) -> Result<SampleLine<'a>, Trouble> {
    let metric = line.name("metric name", |byte| byte == b':')?;
    let mut labels = vec![(Cow::Borrowed(NAME), Cow::Borrowed(metric))];
    line.skip_blanks();
    if line.take('{') {
        read_labels(&mut line, &mut labels, limits)?;
        line.skip_blanks();
    }
    let (word, offset) = line.word();
    let value = word.parse().map_err(|_| Trouble { offset, field: "value", problem: format!("{} is not a number", quote(word)) })?;
    line.skip_blanks();
    let mut time_ms = None;
    if !line.rest.is_empty() && !line.rest.starts_with('#') {
        time_ms = Some(read_time(&mut line, format)?);
        line.skip_blanks();
    }
    let exemplar = line.take('#');
    if !exemplar && !line.rest.is_empty() {
        let problem = format!("{} is more than a line may hold", quote(line.rest));
        return Err(line.trouble("end of line", problem));
    }
    Ok(SampleLine { labels, value, time_ms, exemplar })
}

/// Reads labels up to and with the closing brace. Labels beyond the limit are read and dropped: one over the limit is
/// enough for the series to be refused.
fn read_labels<'a>(line: &mut Cursor<'a>, labels: &mut Vec<(Cow<'a, str>, Cow<'a, str>)>, limits: &Limits) -> Result<(), Trouble> {
    loop {
        line.skip_blanks();
        if line.take('}') {
            return Ok(());
        }
        let name = line.name("label name", |_| false)?;
        line.skip_blanks();
        line.expect('=', "label")?;
        line.skip_blanks();
        let value = line.quoted()?;
        if labels.len() <= limits.max_labels_per_series {
            labels.push((Cow::Borrowed(name), value));
        }
        line.skip_blanks();
        if !line.take(',') && !line.rest.starts_with('}') {
            return Err(line.trouble("label", format!("after a label comes `,` or `}}`, not {}", quote(line.rest))));
        }
    }
}

fn read_time(line: &mut Cursor<'_>, format: Format) -> Result<i64, Trouble> {
    let (word, offset) = line.word();
    let time = match format {
        Format::Prometheus => word.parse().ok(),
        Format::OpenMetrics => {
            let seconds = word.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
            seconds.map(|seconds| (seconds * 1000.0).round() as i64)
        }
    };
    time.ok_or_else(|| {
        let unit = match format {
            Format::Prometheus => "whole milliseconds",
            Format::OpenMetrics => "seconds",
        };
        let problem = format!("{} is not a time in {unit} since 1970", quote(word));
        Trouble { offset, field: "timestamp", problem }
    })
}

/// What is left of a line.
struct Cursor<'a> {
    rest: &'a str,
    /// Where the line ends in the body.
    end: usize,
}

impl<'a> Cursor<'a> {
    fn trouble(&self, field: &'static str, problem: String) -> Trouble {
        Trouble { offset: self.end - self.rest.len(), field, problem }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char, field: &'static str) -> Result<(), Trouble> {
        match self.take(wanted) {
            true => Ok(()),
            false => Err(self.trouble(field, format!("here comes `{wanted}`, not {}", quote(self.rest)))),
        }
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Letters, digits, underscores and what else is `allowed`, with no digit in front.
    fn name(&mut self, field: &'static str, allowed: fn(u8) -> bool) -> Result<&'a str, Trouble> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || allowed(byte);
        let length = self.rest.bytes().take_while(|byte| fits(*byte)).count();
        if length == 0 || self.rest.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(self.trouble(field, format!("no name starts with {}", quote(self.rest))));
        }
        Ok(self.advance(length))
    }

    /// What comes up to the next blank, and where it starts.
    fn word(&mut self) -> (&'a str, usize) {
        let offset = self.end - self.rest.len();
        let length = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        (self.advance(length), offset)
    }

    /// A label's value, without its quotes and escapes.
    fn quoted(&mut self) -> Result<Cow<'a, str>, Trouble> {
        self.expect('"', "label value")?;
        let mut escaped = false;
        let mut any_escape = false;
        for (index, byte) in self.rest.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => (escaped, any_escape) = (true, true),
                b'"' => {
                    let raw = self.advance(index);
                    self.advance(1);
                    return Ok(if any_escape { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) });
                }
                _ => {}
            }
        }
        Err(self.trouble("label value", format!("no quote ends {}", quote(self.rest))))
    }
}

/// Undoes `\\`, `\"` and `\n`; what else follows a backslash is kept with it, as Prometheus does.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some(quoted @ ('\\' | '"')) => text.push(quoted),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            _ => text.push(character),
        }
    }
    text
}
