//! Writes what was measured as Markdown: a table per measurement, with Maru's values divided by its peers'. Pure but for what it reads of the
//! machine.

use crate::server::Kind;
use std::fmt::{self, Display, Formatter, Write};

/// Which values are the better ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Greater ones.
    More,
    /// Smaller ones.
    Less,
}

/// One thing that was measured of every server.
#[derive(Clone, Debug)]
pub struct Row {
    what: String,
    better: Better,
    values: Vec<Option<f64>>,
}

/// One measurement.
#[derive(Clone, Debug)]
pub struct Section {
    title: String,
    servers: Vec<Kind>,
    rows: Vec<Row>,
    notes: Vec<String>,
    failures: Vec<String>,
}

impl Section {
    /// A measurement of `servers`, without rows.
    #[must_use]
    pub fn new(title: impl Into<String>, servers: &[Kind]) -> Self {
        Self { title: title.into(), servers: servers.to_vec(), rows: Vec::new(), notes: Vec::new(), failures: Vec::new() }
    }

    /// Adds a row with a value per server.
    pub fn row(&mut self, what: impl Into<String>, better: Better, values: Vec<Option<f64>>) {
        self.rows.push(Row { what: what.into(), better, values });
    }

    /// Adds something to know about the numbers.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds something that went wrong.
    pub fn failure(&mut self, failure: impl Into<String>) {
        self.failures.push(failure.into());
    }

    /// Whether something went wrong.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    fn maru(&self) -> Option<usize> {
        self.servers.iter().position(|kind| *kind == Kind::Maru)
    }

    fn peers(&self) -> impl Iterator<Item = (usize, Kind)> {
        let servers = if self.maru().is_some() { self.servers.as_slice() } else { &[] };
        servers.iter().copied().enumerate().filter(|(_, kind)| *kind != Kind::Maru)
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n", self.title)?;
        let titles = self.servers.iter().map(|kind| kind.title().to_owned());
        let ratios = self.peers().map(|(_, kind)| format!("Maru ÷ {}", kind.title()));
        let columns: Vec<_> = titles.chain(ratios).collect();
        writeln!(f, "| | {} |", columns.join(" | "))?;
        writeln!(f, "|---|{}", "---:|".repeat(columns.len()))?;
        for row in &self.rows {
            let arrow = if row.better == Better::More { '↑' } else { '↓' };
            let value = |at: usize| row.values.get(at).copied().flatten();
            let values = (0..self.servers.len()).map(|at| value(at).map_or_else(|| "–".to_owned(), number));
            let ratios = self.peers().map(|(peer, _)| {
                let divided = self.maru().and_then(value).zip(value(peer)).filter(|(_, peer)| *peer > 0.0);
                divided.map_or_else(|| "–".to_owned(), |(maru, peer)| format!("{:.2}", maru / peer))
            });
            writeln!(f, "| {} {arrow} | {} |", row.what, values.chain(ratios).collect::<Vec<_>>().join(" | "))?;
        }
        writeln!(f)?;
        for note in &self.notes {
            writeln!(f, "- {note}")?;
        }
        for failure in &self.failures {
            writeln!(f, "- **Failed:** {}", failure.replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// What stands above the measurements: when, where and with what.
#[must_use]
pub fn heading(time: jiff::Timestamp, versions: &[String]) -> String {
    let mut text = String::new();
    let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let _ = writeln!(text, "    maru-bench {command}\n");
    let _ = writeln!(text, "{}; {}.", time.strftime("%Y-%m-%d %H:%M UTC"), machine());
    let _ = writeln!(text, "{}. ↑ more is better, ↓ less is better.", versions.join("; "));
    text
}

fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        line.trim_start_matches([' ', '\t', ':']).to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kibibytes: u64 = value(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores of {}, {} GiB of memory, Linux {}", value(&read("/proc/cpuinfo"), "model name"), kibibytes >> 20, kernel.trim())
}

/// A number with about three digits that mean something, and whole thousands apart.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        0.0 => 0,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

/// The middle one of some values.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => values.get(middle).copied(),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_divides_maru_by_its_peers() {
        let mut section = Section::new("Ingest", &[Kind::Maru, Kind::Prometheus, Kind::VictoriaMetrics]);
        section.row("samples per second", Better::More, vec![Some(1_234_567.8), Some(500_000.0), None]);
        section.row("bytes per sample", Better::Less, vec![Some(1.5), Some(2.0), Some(0.0)]);
        section.note("On one machine.");
        section.failure("It broke\nhere.");
        insta::assert_snapshot!(section.to_string(), @r"
        ## Ingest

        | | Maru | Prometheus | VictoriaMetrics | Maru ÷ Prometheus | Maru ÷ VictoriaMetrics |
        |---|---:|---:|---:|---:|---:|
        | samples per second ↑ | 1,234,568 | 500,000 | – | 2.47 | – |
        | bytes per sample ↓ | 1.50 | 2.00 | 0 | 0.75 | – |

        - On one machine.
        - **Failed:** It broke
          here.
        ");
    }

    #[test]
    fn the_middle_is_found() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn numbers_are_readable() {
        let shown: Vec<_> = [0.0, 0.01234, 1.234, 12.34, 123.4, 1_234.5, 1_234_567.0].into_iter().map(number).collect();
        assert_eq!(shown, ["0", "0.012", "1.23", "12.3", "123", "1,234", "1,234,567"]);
    }
}
