//! For the decoders' tests: a sink that keeps what it is handed and checks what every sink may rely on, and a writer of
//! fields.

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
            let others: Vec<_> = labels.iter().filter(|(name, _)| name != NAME).map(|(name, value)| format!("{name}={value:?}")).collect();
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

/// A length-delimited field in protobuf's wire format.
pub(super) fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}
