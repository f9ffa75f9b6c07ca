//! What a scraped target answers: Prometheus' text format 0.0.4 and OpenMetrics 1.0.
//!
//! A line that cannot be read refuses the whole answer, as it does in Prometheus: a target that writes one broken line
//! is as likely to have written others wrong. Exemplars are counted and left out.

mod line;

use super::family::{self, Family, Type};
use super::intake::Intake;
use super::{DecodeError, Decoded, Limits, Sample, SeriesSink};
use line::{Comment, Line, SampleLine, Trouble};
use std::borrow::Cow;
use std::collections::HashMap;

/// Which text format a target answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format 0.0.4: timestamps are whole milliseconds.
    Prometheus,
    /// OpenMetrics 1.0: timestamps are seconds, and the answer ends in `# EOF`.
    OpenMetrics,
}

impl Format {
    /// The format that a `Content-Type` header promises; Prometheus' own when it promises neither.
    pub fn from_content_type(content_type: &str) -> Self {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        match media_type.eq_ignore_ascii_case("application/openmetrics-text") {
            true => Format::OpenMetrics,
            false => Format::Prometheus,
        }
    }
}

/// What is known of a scrape beside its answer.
#[derive(Clone, Copy, Debug)]
pub struct Scrape<'a> {
    /// The answer's format.
    pub format: Format,
    /// The time of samples that bring none, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Labels to add to every series, such as `job` and `instance`. A label of the target's own with such a name is
    /// kept as `exported_` and its name.
    pub labels: &'a [(&'a str, &'a str)],
}

/// Reads a target's answer into `sink`.
pub fn decode(body: &[u8], scrape: &Scrape<'_>, limits: &Limits, sink: &mut dyn SeriesSink) -> Result<Decoded, DecodeError> {
    if body.len() > limits.max_decoded_bytes {
        let limit = limits.max_decoded_bytes;
        return Err(DecodeError::TooLarge { what: "the target's answer", bytes: body.len(), limit });
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        let problem = "the text is not UTF-8".to_owned();
        in_line(body, Trouble { offset: error.valid_up_to(), field: "text", problem })
    })?;
    let mut families: HashMap<&str, Family<'_>> = HashMap::new();
    let mut intake = Intake::new(limits, sink);
    let mut offset = 0;
    let mut ended = false;
    for raw in text.split_inclusive('\n') {
        let line = line::read(raw, offset, scrape.format, limits).map_err(|trouble| in_line(body, trouble))?;
        if ended && !matches!(line, Line::Blank) {
            let problem = "there is more after `# EOF`".to_owned();
            return Err(in_line(body, Trouble { offset, field: "end", problem }));
        }
        match line {
            Line::Blank => {}
            Line::Comment(Comment::End) => ended = scrape.format == Format::OpenMetrics,
            Line::Comment(Comment::Type { family, word }) => {
                families.entry(family).or_default().of = Type::from_word(word).unwrap_or_default();
            }
            Line::Comment(Comment::Unit { family, unit }) => {
                families.entry(family).or_default().unit = Some(unit).filter(|unit| !unit.is_empty());
            }
            Line::Sample(sample) => take(sample, scrape, &families, &mut intake),
        }
        offset += raw.len();
    }
    if scrape.format == Format::OpenMetrics && !ended {
        let problem = "the answer ends without `# EOF`, so that some of it is missing".to_owned();
        return Err(in_line(body, Trouble { offset: body.len(), field: "end", problem }));
    }
    Ok(intake.decoded)
}

fn take(line: SampleLine<'_>, scrape: &Scrape<'_>, families: &HashMap<&str, Family<'_>>, intake: &mut Intake<'_>) {
    let SampleLine { mut labels, value, time_ms, exemplar } = line;
    for (name, value) in scrape.labels {
        if labels.iter().any(|(own, value)| own == name && !value.is_empty()) {
            export(&mut labels, name);
        }
        labels.push((Cow::Borrowed(name), Cow::Borrowed(value)));
    }
    intake.decoded.exemplars_skipped += u64::from(exemplar);
    intake.sample(Sample { time_ms: time_ms.unwrap_or(scrape.time_ms), value });
    let mut borrowed: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
    intake.finish(&mut borrowed, |metric| {
        let family = family::candidates(metric).find_map(|name| families.get(name));
        family.copied().unwrap_or_default().series(metric)
    });
}

/// Renames the target's own label `name`, to a name that it does not use yet.
fn export(labels: &mut [(Cow<'_, str>, Cow<'_, str>)], name: &str) {
    let mut exported = format!("exported_{name}");
    while labels.iter().any(|(own, _)| *own == exported) {
        exported.insert_str(0, "exported_");
    }
    for (own, _) in labels.iter_mut().filter(|(own, _)| own == name) {
        *own = Cow::Owned(exported.clone());
    }
}

#[cold]
fn in_line(body: &[u8], Trouble { offset, field, problem }: Trouble) -> DecodeError {
    let before = body.get(..offset).unwrap_or(body);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    DecodeError::Exposition { line, offset, field, problem }
}

#[cfg(test)]
mod tests;
