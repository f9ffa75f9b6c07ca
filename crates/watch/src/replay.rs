//! Runs a detector over a file instead of a live series: CSV in, the same rows with their band out.
//!
//! The same points give the same answer, to the last digit, as they would have online. Opens no file and
//! reads no clock: both ends are handed in, and time is what the rows say.

use crate::band::{Detector, Transition};
use csv::{ReaderBuilder, StringRecord, Terminator, Trim};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::io::{Read, Write};

/// What a replay found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReplaySummary {
    /// Rows judged.
    pub points: u64,
    /// Anomalies that opened.
    pub anomalies: u64,
    /// Whether the last of them was still open at the end.
    pub open: bool,
    /// The greatest score of a row, 0 to 1.
    pub highest_score: f64,
    /// The time of the first row, in milliseconds since the epoch.
    pub first_ms: Option<i64>,
    /// The time of the last row, in milliseconds since the epoch.
    pub last_ms: Option<i64>,
}

/// Why a replay stopped. Lines are counted from 1, the header included.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The header lacks a column.
    #[error("line 1 has no column `{column}`, it has {found}; the columns `timestamp` and `value` are needed, in any order")]
    MissingColumn {
        /// The column that is missing.
        column: &'static str,
        /// The columns there are.
        found: String,
    },
    /// A row ends before one of the two columns.
    #[error("line {line} ends before column `{column}`; complete the row or remove it")]
    ShortRow {
        /// Where.
        line: u64,
        /// The column that is missing.
        column: &'static str,
    },
    /// A time that is not understood.
    #[error(
        "line {line}, column `timestamp`: \"{found}\" is not a time; write it as 2026-03-01T09:30:00Z, as 2026-03-01 09:30:00 (taken as UTC), \
         or as seconds or milliseconds since 1970"
    )]
    Timestamp {
        /// Where.
        line: u64,
        /// What is written there.
        found: String,
    },
    /// A value that is not a finite number.
    #[error("line {line}, column `value`: \"{found}\" is not a finite number; correct the row or remove it")]
    Value {
        /// Where.
        line: u64,
        /// What is written there.
        found: String,
    },
    /// The input is not CSV in UTF-8, or cannot be read.
    #[error("cannot read the input as CSV: {0}; save it as comma-separated text in UTF-8")]
    Read(#[source] csv::Error),
    /// The output cannot be written.
    #[error("cannot write the result: {0}; what was written so far is incomplete")]
    Write(#[source] csv::Error),
}

/// Judges every row of `reader` (columns `timestamp` and `value`, others ignored) with `detector`, and
/// writes `timestamp,value,lower,upper,anomaly_score`, a row for each row. Times and values are written as they were read.
///
/// # Errors
/// At the first row that cannot be read, and when the output cannot be written.
pub fn replay(reader: impl Read, writer: impl Write, detector: &mut dyn Detector) -> Result<ReplaySummary, ReplayError> {
    // Each row ends in exactly one line feed, the last one too: that is what makes its line number known after it was
    // read. A carriage return before it is trimmed with other blanks.
    let reader = reader.chain(b"\n".as_slice());
    let mut rows = ReaderBuilder::new().flexible(true).trim(Trim::All).terminator(Terminator::Any(b'\n')).from_reader(reader);
    let columns = Columns::find(rows.headers().map_err(ReplayError::Read)?)?;
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(["timestamp", "value", "lower", "upper", "anomaly_score"]).map_err(ReplayError::Write)?;

    let mut summary = ReplaySummary::default();
    let mut row = StringRecord::new();
    while rows.read_record(&mut row).map_err(ReplayError::Read)? {
        if row.len() == 1 && row.get(0) == Some("") {
            continue;
        }
        let point = columns.point(&row, rows.position().line().saturating_sub(1))?;
        let judged = detector.observe(point.time_ms, point.value);
        summary.points += 1;
        summary.highest_score = summary.highest_score.max(judged.score);
        summary.first_ms.get_or_insert(point.time_ms);
        summary.last_ms = Some(point.time_ms);
        match judged.transition {
            Some(Transition::Opened(_)) => {
                summary.anomalies += 1;
                summary.open = true;
            }
            Some(Transition::Closed(_)) => summary.open = false,
            None => {}
        }
        let [lower, upper, score] = [judged.lower, judged.upper, judged.score].map(|number| number.to_string());
        out.write_record([point.time, point.text, &lower, &upper, &score]).map_err(ReplayError::Write)?;
    }
    out.flush().map_err(|error| ReplayError::Write(error.into()))?;
    Ok(summary)
}

/// Where the two columns are.
struct Columns {
    timestamp: usize,
    value: usize,
}

/// One row that was understood, and how it was written.
struct Point<'a> {
    time_ms: i64,
    value: f64,
    time: &'a str,
    text: &'a str,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, ReplayError> {
        let position = |column: &'static str| {
            let names = |name: &str| name.trim_start_matches('\u{feff}').eq_ignore_ascii_case(column);
            header.iter().position(names).ok_or_else(|| ReplayError::MissingColumn { column, found: listed(header) })
        };
        Ok(Self { timestamp: position("timestamp")?, value: position("value")? })
    }

    fn point<'a>(&self, row: &'a StringRecord, line: u64) -> Result<Point<'a>, ReplayError> {
        let time = row.get(self.timestamp).ok_or(ReplayError::ShortRow { line, column: "timestamp" })?;
        let text = row.get(self.value).ok_or(ReplayError::ShortRow { line, column: "value" })?;
        let time_ms = time_ms(time).ok_or_else(|| ReplayError::Timestamp { line, found: excerpt(time) })?;
        let value = text.parse().ok().filter(|value: &f64| value.is_finite());
        let value = value.ok_or_else(|| ReplayError::Value { line, found: excerpt(text) })?;
        Ok(Point { time_ms, value, time, text })
    }
}

/// Milliseconds since the epoch.
fn time_ms(text: &str) -> Option<i64> {
    /// A number this large is milliseconds: as seconds it would lie beyond the year 5000.
    const MILLISECONDS_FROM: f64 = 1e11;
    if let Ok(number) = text.parse::<f64>() {
        let milliseconds = if number.abs() >= MILLISECONDS_FROM { number } else { number * 1000.0 };
        return (milliseconds.abs() < 1e15).then(|| milliseconds.round() as i64);
    }
    let with_offset = text.parse::<Timestamp>().ok();
    let time = with_offset.or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())?;
    Some(time.as_millisecond())
}

fn listed(header: &StringRecord) -> String {
    let names: Vec<String> = header.iter().map(|name| format!("`{}`", excerpt(name))).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The beginning of what is written in a field, enough to find it.
fn excerpt(field: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = field.chars().take(LONGEST).collect();
    if short.len() < field.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::band::StreamingBand;
    use proptest::prelude::*;

    fn run(input: &str) -> Result<(String, ReplaySummary), ReplayError> {
        let mut out = Vec::new();
        let summary = replay(input.as_bytes(), &mut out, &mut StreamingBand::default())?;
        Ok((String::from_utf8(out).unwrap(), summary))
    }

    fn refused(input: &str) -> String {
        run(input).unwrap_err().to_string()
    }

    fn minutes(values: impl IntoIterator<Item = f64>) -> String {
        let rows = values.into_iter().enumerate().map(|(minute, value)| format!("{},{value}\n", 1_700_000_000 + minute * 60));
        std::iter::once("timestamp,value\n".to_owned()).chain(rows).collect()
    }

    #[test]
    fn writes_each_row_with_its_band() {
        let (out, _) =
            run("value,host,timestamp\n20.0,a,2014-04-01 00:00:00\n21.0,a,2014-04-01 00:05:00\n19.5,b,2014-04-01 00:10:00\n").unwrap();
        insta::assert_snapshot!(out, @r"
        timestamp,value,lower,upper,anomaly_score
        2014-04-01 00:00:00,20.0,20,20,0
        2014-04-01 00:05:00,21.0,20.5,20.5,0
        2014-04-01 00:10:00,19.5,13.0812,26.918799999999997,0
        ");
    }

    #[test]
    fn sums_up_what_it_found() {
        let steady = (0..100).map(|minute| 10.0 + f64::from(minute % 3));
        let (_, summary) = run(&minutes(steady.clone().chain([500.0]).chain(steady).chain([900.0, 900.0, 900.0]))).unwrap();
        insta::assert_debug_snapshot!(summary, @r"
        ReplaySummary {
            points: 204,
            anomalies: 2,
            open: true,
            highest_score: 0.9999424306898302,
            first_ms: Some(
                1700000000000,
            ),
            last_ms: Some(
                1700012180000,
            ),
        }
        ");
    }

    #[test]
    fn is_what_the_detector_says_online() {
        let values: Vec<f64> = (0..300).map(|minute| f64::from(minute * minute % 37)).collect();
        let (out, _) = run(&minutes(values.iter().copied())).unwrap();
        let mut online = StreamingBand::default();
        for (minute, (value, row)) in values.iter().zip(out.lines().skip(1)).enumerate() {
            let judged = online.observe((1_700_000_000 + minute as i64 * 60) * 1000, *value);
            let wanted = format!("{},{value},{},{},{}", 1_700_000_000 + minute * 60, judged.lower, judged.upper, judged.score);
            assert_eq!(row, wanted);
        }
    }

    #[test]
    fn understands_the_usual_ways_to_write_a_time() {
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-15T07:13:20+09:00",
            "2023-11-14 22:13:20",
            "2023-11-14T22:13:20.000",
            "1700000000",
            "1700000000.0",
            "1700000000000",
        ] {
            assert_eq!(time_ms(text), Some(1_700_000_000_000), "{text}");
        }
        assert_eq!(time_ms("2023-11-14"), Some(1_699_920_000_000));
    }

    #[test]
    fn says_where_it_stopped() {
        insta::assert_snapshot!(refused(""), @"line 1 has no column `timestamp`, it has none; the columns `timestamp` and `value` are needed, in any order");
        insta::assert_snapshot!(refused("time,value\n1,2\n"), @"line 1 has no column `timestamp`, it has `time`, `value`; the columns `timestamp` and `value` are needed, in any order");
        insta::assert_snapshot!(refused("timestamp,value\n1700000000,1\nyesterday,2\n"), @r#"line 3, column `timestamp`: "yesterday" is not a time; write it as 2026-03-01T09:30:00Z, as 2026-03-01 09:30:00 (taken as UTC), or as seconds or milliseconds since 1970"#);
        insta::assert_snapshot!(refused("timestamp,value\n1700000000,1\n\n1700000060,n/a\n"), @r#"line 4, column `value`: "n/a" is not a finite number; correct the row or remove it"#);
        insta::assert_snapshot!(refused("timestamp,value\r\n\r\n1700000000,NaN"), @r#"line 3, column `value`: "NaN" is not a finite number; correct the row or remove it"#);
        insta::assert_snapshot!(refused("timestamp,value\n1700000000\n"), @"line 2 ends before column `value`; complete the row or remove it");
    }

    proptest! {
        #[test]
        fn any_input_is_judged_or_refused(input in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut with_header = b"timestamp,value\n".to_vec();
            with_header.extend(input);
            let _ = replay(with_header.as_slice(), std::io::sink(), &mut StreamingBand::default());
        }

        #[test]
        fn a_row_comes_out_for_each_that_went_in(values in prop::collection::vec(-1e9..1e9, 0..60)) {
            let (out, summary) = run(&minutes(values.iter().copied())).unwrap();
            prop_assert_eq!(out.lines().count(), values.len() + 1);
            prop_assert_eq!(summary.points, values.len() as u64);
        }
    }
}
