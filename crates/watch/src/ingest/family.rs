//! What a sender says of a metric family, and what follows for the series in it.

use super::Kind;

/// A metric family's type, in the words of Prometheus and OpenMetrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Type {
    #[default]
    Unknown,
    Counter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
}

impl Type {
    /// The type that remote write's number stands for; 1.0 and 2.0 count alike.
    pub fn from_wire(number: u64) -> Self {
        match number {
            1 => Type::Counter,
            2 => Type::Gauge,
            3 => Type::Histogram,
            4 => Type::GaugeHistogram,
            5 => Type::Summary,
            6 => Type::Info,
            7 => Type::StateSet,
            _ => Type::Unknown,
        }
    }

    /// The type that a `# TYPE` line names.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "counter" => Type::Counter,
            "gauge" => Type::Gauge,
            "histogram" => Type::Histogram,
            "gaugehistogram" => Type::GaugeHistogram,
            "summary" => Type::Summary,
            "info" => Type::Info,
            "stateset" => Type::StateSet,
            "unknown" | "untyped" => Type::Unknown,
            _ => return None,
        })
    }
}

/// The type and unit of a metric family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Family<'a> {
    pub of: Type,
    pub unit: Option<&'a str>,
}

impl<'a> Family<'a> {
    /// The kind and unit of the family's series of this metric name.
    pub fn series(self, metric: &str) -> (Kind, Option<&'a str>) {
        let counts = metric.ends_with("_count") || metric.ends_with("_bucket");
        // When a family was created is a time, whatever the family measures.
        let created = metric.ends_with("_created");
        let kind = match self.of {
            Type::Unknown => Kind::Unknown,
            _ if created => Kind::Gauge,
            Type::Counter | Type::Histogram => Kind::Counter,
            Type::Summary if counts || metric.ends_with("_sum") => Kind::Counter,
            Type::Summary | Type::Gauge | Type::GaugeHistogram | Type::Info | Type::StateSet => Kind::Gauge,
        };
        let distribution = matches!(self.of, Type::Histogram | Type::GaugeHistogram | Type::Summary);
        let unit = match created || (distribution && (counts || metric.ends_with("_gcount"))) {
            true => None,
            false => self.unit,
        };
        (kind, unit)
    }
}

/// The names of the families that a metric can belong to: its own, then its own without the suffix that tells the
/// family's series apart.
pub(super) fn candidates(metric: &str) -> impl Iterator<Item = &str> {
    const SUFFIXES: [&str; 8] = ["_bucket", "_count", "_sum", "_total", "_created", "_gcount", "_gsum", "_info"];
    std::iter::once(metric).chain(SUFFIXES.iter().filter_map(|suffix| metric.strip_suffix(suffix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_says_what_its_series_are() {
        let seconds = |of| Family { of, unit: Some("seconds") };
        let unit = Some("seconds");
        assert_eq!(seconds(Type::Histogram).series("d_bucket"), (Kind::Counter, None));
        assert_eq!(seconds(Type::Histogram).series("d_sum"), (Kind::Counter, unit));
        assert_eq!(seconds(Type::Histogram).series("d_created"), (Kind::Gauge, None));
        assert_eq!(seconds(Type::Summary).series("d"), (Kind::Gauge, unit));
        assert_eq!(seconds(Type::Summary).series("d_count"), (Kind::Counter, None));
        assert_eq!(seconds(Type::GaugeHistogram).series("d_bucket"), (Kind::Gauge, None));
        assert_eq!(seconds(Type::Gauge).series("item_count"), (Kind::Gauge, unit));
        assert_eq!(seconds(Type::Unknown).series("d_total"), (Kind::Unknown, unit));
    }
}
