//! From a metric's data points to series.

use super::super::intake::Intake;
use super::super::labels::{self, quote};
use super::super::{Kind, NAME, Reason, Sample};
use super::attributes::{Labels, Target};
use super::names::{self, Suffix};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, DataPointFlags, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, SummaryDataPoint,
    metric::Data, number_data_point::Value,
};
use std::collections::BTreeMap;

/// Reads a metric into the series that it makes up.
pub(super) fn read(metric: &Metric, target: &Target, intake: &mut Intake<'_>) {
    let total = |temporality: i32| match temporality == AggregationTemporality::Cumulative as i32 {
        true => Kind::Counter,
        false => Kind::Gauge,
    };
    match &metric.data {
        Some(Data::Gauge(gauge)) => {
            Reading::new(metric, Suffix::Gauge, Kind::Gauge).take(&gauge.data_points, target, intake);
        }
        Some(Data::Sum(sum)) => {
            let (suffix, kind) = match (sum.is_monotonic, total(sum.aggregation_temporality)) {
                (true, Kind::Counter) => (Suffix::Total, Kind::Counter),
                _ => (Suffix::Unit, Kind::Gauge),
            };
            Reading::new(metric, suffix, kind).take(&sum.data_points, target, intake);
        }
        Some(Data::Histogram(histogram)) => {
            let kind = total(histogram.aggregation_temporality);
            Reading::new(metric, Suffix::Unit, kind).take(&histogram.data_points, target, intake);
        }
        Some(Data::ExponentialHistogram(histogram)) => {
            let kind = total(histogram.aggregation_temporality);
            Reading::new(metric, Suffix::Unit, kind).take(&histogram.data_points, target, intake);
        }
        Some(Data::Summary(summary)) => {
            Reading::new(metric, Suffix::Unit, Kind::Counter).take(&summary.data_points, target, intake);
        }
        None => intake.decoded.rejected.add(Reason::NoValue, 1, || {
            format!(
                "metric {} has no `data` that can be read: no gauge, sum, histogram or summary, or in JSON one with \
                 a field of another type (OTLP writes enumerations as numbers)",
                quote(&metric.name)
            )
        }),
    }
}

/// A metric that is being read.
struct Reading {
    metric: String,
    unit: Option<String>,
    /// The kind of what the metric sums up.
    kind: Kind,
}

/// One sample of one of the series that a data point makes up.
struct Row {
    suffix: &'static str,
    label: Option<(&'static str, String)>,
    kind: Kind,
    value: f64,
    time_ms: i64,
}

impl Reading {
    fn new(metric: &Metric, suffix: Suffix, kind: Kind) -> Self {
        let (metric, unit) = names::metric(&metric.name, &metric.unit, suffix);
        Self { metric, unit, kind }
    }

    /// Takes all data points, those of one set of attributes together.
    fn take<P: Point>(&self, points: &[P], target: &Target, intake: &mut Intake<'_>) {
        let mut by_labels: BTreeMap<Labels, Vec<Row>> = BTreeMap::new();
        for point in points {
            intake.decoded.exemplars_skipped += point.exemplars() as u64;
            if point.flags() & DataPointFlags::NoRecordedValueMask as u32 != 0 {
                intake.decoded.stale_markers += 1;
                continue;
            }
            let labels = target.labels(point.attributes());
            if let Err((reason, problem)) = self.rows(point, by_labels.entry(labels.clone()).or_default()) {
                intake.decoded.rejected.add(reason, 1, || format!("{}: {problem}", self.describe(&labels)));
            }
        }
        for (labels, mut rows) in by_labels {
            rows.sort_by(|a, b| (a.suffix, &a.label).cmp(&(b.suffix, &b.label)));
            for series in rows.chunk_by(|a, b| (a.suffix, &a.label) == (b.suffix, &b.label)) {
                self.hand_on(&labels, series, intake);
            }
        }
    }

    fn rows<P: Point>(&self, point: &P, rows: &mut Vec<Row>) -> Result<(), (Reason, String)> {
        let nanos = point.time_unix_nano();
        if nanos == 0 {
            return Err((Reason::NoTime, "a data point has no `time_unix_nano`".to_owned()));
        }
        // A u64 of nanoseconds is always within an i64 of milliseconds.
        let time_ms = (nanos / 1_000_000).cast_signed();
        point.rows(self.kind, &mut |suffix, label, kind, value| {
            rows.push(Row { suffix, label, kind, value, time_ms });
        })
    }

    fn hand_on(&self, labels: &Labels, series: &[Row], intake: &mut Intake<'_>) {
        let Some(Row { suffix, label, kind, .. }) = series.first() else { return };
        let metric = match self.metric.is_empty() {
            true => String::new(),
            false => format!("{}{suffix}", self.metric),
        };
        let own = label.as_ref().map(|(name, _)| *name);
        let mut borrowed: Vec<(&str, &str)> = Vec::with_capacity(labels.len() + 2);
        borrowed.push((NAME, &metric));
        borrowed.extend(label.iter().map(|(name, value)| (*name, value.as_str())));
        borrowed.extend(labels.iter().filter(|(name, _)| Some(name.as_str()) != own).map(|(name, value)| (name.as_str(), value.as_str())));
        for row in series {
            intake.sample(Sample { time_ms: row.time_ms, value: row.value });
        }
        let unit = match *suffix {
            "_count" | "_bucket" => None,
            _ => self.unit.as_deref(),
        };
        intake.finish(&mut borrowed, |_| (*kind, unit));
    }

    fn describe(&self, labels: &Labels) -> String {
        let name = std::iter::once((NAME, self.metric.as_str()));
        let others = labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        labels::describe(&name.chain(others).collect::<Vec<_>>())
    }
}

/// Takes a row: the metric name's suffix, the label that tells it apart, its kind, its value.
type TakeRow<'t> = dyn FnMut(&'static str, Option<(&'static str, String)>, Kind, f64) + 't;

/// What the kinds of data points have in common.
trait Point {
    fn attributes(&self) -> &[KeyValue];
    fn time_unix_nano(&self) -> u64;
    fn flags(&self) -> u32;
    fn exemplars(&self) -> usize;
    /// Goes through the samples that the data point makes up; `kind` is that of what it sums up.
    fn rows(&self, kind: Kind, take: &mut TakeRow<'_>) -> Result<(), (Reason, String)>;
}

macro_rules! common_fields {
    ($($exemplars:ident)?) => {
        fn attributes(&self) -> &[KeyValue] {
            &self.attributes
        }
        fn time_unix_nano(&self) -> u64 {
            self.time_unix_nano
        }
        fn flags(&self) -> u32 {
            self.flags
        }
        fn exemplars(&self) -> usize {
            0 $(+ self.$exemplars.len())?
        }
    };
}

impl Point for NumberDataPoint {
    common_fields!(exemplars);

    fn rows(&self, kind: Kind, take: &mut TakeRow<'_>) -> Result<(), (Reason, String)> {
        let value = match self.value {
            Some(Value::AsDouble(value)) => value,
            Some(Value::AsInt(value)) => value as f64,
            None => {
                let problem = "a data point has neither `as_double` nor `as_int`, or it is not a number";
                return Err((Reason::NoValue, problem.to_owned()));
            }
        };
        take("", None, kind, value);
        Ok(())
    }
}

impl Point for HistogramDataPoint {
    common_fields!(exemplars);

    fn rows(&self, kind: Kind, take: &mut TakeRow<'_>) -> Result<(), (Reason, String)> {
        let (counts, bounds) = (&self.bucket_counts, &self.explicit_bounds);
        let without_buckets = counts.is_empty() && bounds.is_empty();
        if !without_buckets && counts.len() != bounds.len() + 1 {
            let problem = format!(
                "a histogram has {} `bucket_counts` for {} `explicit_bounds`, and needs one more than bounds",
                counts.len(),
                bounds.len()
            );
            return Err((Reason::BadBuckets, problem));
        }
        if !bounds.iter().all(|bound| bound.is_finite()) || !bounds.is_sorted_by(|a, b| a < b) {
            let problem = "a histogram's `explicit_bounds` are not finite numbers in ascending order".to_owned();
            return Err((Reason::BadBuckets, problem));
        }
        let mut below = 0u64;
        for (bound, count) in bounds.iter().zip(counts) {
            below = below.saturating_add(*count);
            take("_bucket", Some(("le", bound.to_string())), kind, below as f64);
        }
        take("_bucket", Some(("le", "+Inf".to_owned())), kind, self.count as f64);
        take("_count", None, kind, self.count as f64);
        if let Some(sum) = self.sum {
            take("_sum", None, kind, sum);
        }
        Ok(())
    }
}

impl Point for ExponentialHistogramDataPoint {
    common_fields!(exemplars);

    fn rows(&self, kind: Kind, take: &mut TakeRow<'_>) -> Result<(), (Reason, String)> {
        take("_count", None, kind, self.count as f64);
        if let Some(sum) = self.sum {
            take("_sum", None, kind, sum);
        }
        Ok(())
    }
}

impl Point for SummaryDataPoint {
    common_fields!();

    fn rows(&self, kind: Kind, take: &mut TakeRow<'_>) -> Result<(), (Reason, String)> {
        for quantile in &self.quantile_values {
            let label = ("quantile", quantile.quantile.to_string());
            take("", Some(label), Kind::Gauge, quantile.value);
        }
        take("_count", None, kind, self.count as f64);
        take("_sum", None, kind, self.sum);
        Ok(())
    }
}
