//! `maru watch replay`: the detector over a file.

use maru_kernel::{Error, ErrorKind, Result};
use maru_watch::{
    band::StreamingBand,
    replay::{ReplayError, ReplaySummary, replay},
};
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

/// Judges the rows of `input` (`-` for standard input) and writes them to `output`, standard output where there is none.
///
/// # Errors
/// When a file cannot be opened, or a row cannot be read. What was written until then stays.
pub fn replay_file(input: &Path, output: Option<&Path>) -> Result<ReplaySummary> {
    let reader: Box<dyn Read> = if input == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(open(input)?) };
    let writer: Box<dyn Write> = match output {
        Some(output) => Box::new(create(output)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut band = StreamingBand::default();
    replay(BufReader::new(reader), BufWriter::new(writer), &mut band).map_err(|error| refused(input, error))
}

/// What was found, in a line.
#[must_use]
pub fn told(summary: &ReplaySummary) -> String {
    let anomalies = match summary.anomalies {
        1 => "1 anomaly".to_owned(),
        count => format!("{count} anomalies"),
    };
    let open = if summary.open { ", the last of them still open" } else { "" };
    format!("{} rows, {anomalies}{open}; the highest score is {:.3}.", summary.points, summary.highest_score)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| {
        let kind = if error.kind() == io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Invalid };
        Error::new(kind, "MARU-0720", format!("`{}` cannot be read: {error}.", path.display()))
    })
}

#[expect(clippy::disallowed_methods, reason = "a file of the person's own, outside the data folder")]
fn create(path: &Path) -> Result<File> {
    File::create(path)
        .map_err(|error| Error::invalid("MARU-0721", "output-file", format!("`{}` cannot be written: {error}.", path.display())))
}

fn refused(input: &Path, error: ReplayError) -> Error {
    let name = if input == Path::new("-") { "standard input".to_owned() } else { format!("`{}`", input.display()) };
    Error::invalid("MARU-0722", "file", format!("In {name}: {error}."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]
    use super::*;

    #[test]
    fn a_file_is_judged_row_by_row() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
        let rows: String = (0..200)
            .map(|minute| format!("{},{}\n", 1_700_000_000 + minute * 60, if minute == 190 { 900 } else { 10 + minute % 3 }))
            .collect();
        std::fs::write(&input, format!("timestamp,value\n{rows}")).unwrap();
        let summary = replay_file(&input, Some(&output)).unwrap();
        assert_eq!(summary.points, 200);
        let written = std::fs::read_to_string(&output).unwrap();
        assert_eq!(written.lines().count(), 201);
        assert!(written.starts_with("timestamp,value,lower,upper,anomaly_score\n"));
    }

    #[test]
    fn a_wrong_row_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in.csv");
        std::fs::write(&input, "timestamp,value\n1,2\n2,many\n").unwrap();
        let error = replay_file(&input, Some(&folder.path().join("out.csv"))).unwrap_err();
        insta::assert_snapshot!(error.to_string().replace(&folder.path().display().to_string(), "DIR"), @r#"In `DIR/in.csv`: line 3, column `value`: "many" is not a finite number; correct the row or remove it. [MARU-0722]"#);
        assert_eq!(replay_file(Path::new("/no/such.csv"), None).unwrap_err().exit_code(), 4);
    }

    #[test]
    fn what_was_found_is_told() {
        let summary = ReplaySummary { points: 7, anomalies: 2, open: true, highest_score: 0.5, ..ReplaySummary::default() };
        insta::assert_snapshot!(told(&summary), @"7 rows, 2 anomalies, the last of them still open; the highest score is 0.500.");
    }
}
