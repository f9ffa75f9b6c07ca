//! From stored rows to what a chart draws. Pure.

use crate::{band::Rate, ingest::Kind};

/// A point of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) time_ms: i64,
    pub(crate) value: f64,
}

/// The values that are judged: a counter's rates, or the samples as they are. `samples` are in order of time.
pub(crate) fn judged_values(kind: Kind, samples: &[Point]) -> Vec<Point> {
    if kind != Kind::Counter {
        return samples.to_vec();
    }
    let mut rate = Rate::new();
    samples.iter().filter_map(|point| Some(Point { value: rate.per_second(point.time_ms, point.value)?, ..*point })).collect()
}

/// At most `count` points that look like all of them: of each stretch of time the first, least, greatest and last (the M4 aggregation of
/// U. Jugel et al., "M4: a visualization-oriented time series data aggregation", VLDB 2014).
pub(crate) fn thin_out(points: Vec<Point>, from_ms: i64, to_ms: i64, count: usize) -> Vec<Point> {
    if points.len() <= count || count < 4 || to_ms <= from_ms {
        return points;
    }
    let stretches = (count / 4) as i128;
    let stretch = |point: &Point| (i128::from(point.time_ms - from_ms) * stretches) / i128::from(to_ms - from_ms + 1);
    let mut thin = Vec::with_capacity(count);
    for run in points.chunk_by(|one, other| stretch(one) == stretch(other)) {
        let by_value = |one: &&Point, other: &&Point| one.value.total_cmp(&other.value);
        let mut kept: Vec<Point> =
            [run.first(), run.iter().min_by(by_value), run.iter().max_by(by_value), run.last()].into_iter().flatten().copied().collect();
        kept.sort_by_key(|point| point.time_ms);
        kept.dedup_by_key(|point| point.time_ms);
        thin.extend(kept);
    }
    thin
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn thinning_keeps_ends_and_extremes(values in prop::collection::vec(-1e6..1e6f64, 1..3_000), count in 4..400usize) {
            let points: Vec<_> = (0..).zip(&values).map(|(at, value)| Point { time_ms: at * 1_000, value: *value }).collect();
            let last_ms = points[points.len() - 1].time_ms;
            let thin = thin_out(points.clone(), 0, last_ms, count);
            prop_assert!(thin.len() <= count.max(points.len().min(count)));
            let greatest = |points: &[Point]| points.iter().map(|point| point.value).fold(f64::MIN, f64::max);
            let least = |points: &[Point]| points.iter().map(|point| point.value).fold(f64::MAX, f64::min);
            prop_assert_eq!(greatest(&thin), greatest(&points));
            prop_assert_eq!(least(&thin), least(&points));
            prop_assert_eq!((thin[0], thin[thin.len() - 1]), (points[0], points[points.len() - 1]));
            prop_assert!(thin.is_sorted_by_key(|point| point.time_ms));
        }
    }
}
