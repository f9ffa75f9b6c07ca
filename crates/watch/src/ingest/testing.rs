//! A sink for tests that keeps what it is handed, and checks what every sink may rely on.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

/// One series, owned.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub labels: Vec<(String, String)>,
    pub kind: Kind,
    pub unit: Option<String>,
    pub samples: Vec<Sample>,
}

impl Series {
    pub fn with_ref<T>(&self, use_it: impl FnOnce(SeriesRef<'_>) -> T) -> T {
        let labels: Vec<_> = self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        use_it(SeriesRef { labels: &labels, kind: self.kind, unit: self.unit.as_deref(), samples: &self.samples })
    }
}

/// Every series that a decoder handed on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Collected(pub Vec<Series>);

impl SeriesSink for Collected {
    fn series(&mut self, series: SeriesRef<'_>) {
        assert!(series.labels.is_sorted_by(|a, b| a.0 < b.0), "labels in order, each once: {:?}", series.labels);
        assert!(series.labels.iter().all(|(name, value)| !name.is_empty() && !value.is_empty()));
        assert!(!series.name().is_empty());
        assert!(!series.samples.is_empty());
        assert!(series.samples.is_sorted_by(|a, b| a.time_ms < b.time_ms), "times in order, each once");
        assert!(series.samples.iter().all(|sample| sample.value.is_finite()));
        self.0.push(Series {
            labels: series.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            kind: series.kind,
            unit: series.unit.map(str::to_owned),
            samples: series.samples.to_vec(),
        });
    }
}

/// One line for each series: `name{labels} kind [unit] value@time …`.
impl std::fmt::Display for Collected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Series { labels, kind, unit, samples } in &self.0 {
            let name = labels.iter().find(|(name, _)| name == NAME).map_or("", |(_, value)| value);
            let others: Vec<_> = labels
                .iter()
                .filter(|(name, _)| name != NAME)
                .map(|(name, value)| format!("{name}={value:?}"))
                .collect();
            write!(f, "{name}{{{}}} {kind:?}", others.join(","))?;
            if let Some(unit) = unit {
                write!(f, " [{unit}]")?;
            }
            for sample in samples {
                write!(f, " {}@{}", sample.value, sample.time_ms)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
