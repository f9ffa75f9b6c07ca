//! The questions that are asked of every server, in PromQL and in SQL, and what answers they must have. Pure.

use crate::{labels, load::Load};
use jiff::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const RATE_MS: i64 = 5 * MINUTE_MS;
/// The job that some questions are about, by its place in the list.
const JOB: usize = 2;

/// How a sample gets its series' name and labels in SQL.
const OF_SERIES: &str = "FROM series JOIN samples ON samples.series = series.series";

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub what: &'static str,
    /// In PromQL.
    pub promql: String,
    /// From after when until when, and how far apart answers are, in milliseconds; `None` asks about the end alone.
    pub range: Option<Range>,
    /// When the question ends, in milliseconds since the epoch.
    pub end_ms: i64,
    /// In SQL: the last column is the value.
    pub sql: String,
    /// How many values the answer has.
    pub values: usize,
    /// What those add up to, where that is known beforehand.
    pub total: Option<f64>,
}

/// The moments that a question is about: the first one step after `start_ms`.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// From after when, in milliseconds since the epoch.
    pub start_ms: i64,
    /// How far apart they are, in milliseconds.
    pub step_ms: i64,
}

/// The five questions about what `load` left.
#[must_use]
pub fn questions(load: &Load) -> Vec<Question> {
    let instances = load.series.div_ceil(labels::PER_INSTANCE);
    let end_ms = load.end_ms;
    let (hour_ago, day_ago) = (end_ms - HOUR_MS, end_ms - DAY_MS.min(load.span_ms()));
    let (hour, day) = (since(hour_ago, end_ms), since(day_ago, end_ms));
    let address = labels::address(0);
    let job = labels::JOBS[JOB].0;
    let count = |milliseconds: i64, step_ms: i64| usize::try_from(milliseconds / step_ms).unwrap_or(0);
    let of_job = (0..load.series).filter(|series| labels::instance_of(*series) % labels::JOBS.len() == JOB).count();
    let (minute_bin, rate_bin) = (bin("1 minute", hour_ago), bin("5 minutes", hour_ago));
    let hour_and_before = since(hour_ago - load.interval_ms, end_ms);
    vec![
        Question {
            what: "one series over an hour",
            promql: format!(r#"queue_depth{{instance="{address}",topic="orders"}}"#),
            range: Some(Range { start_ms: hour_ago, step_ms: load.interval_ms }),
            end_ms,
            sql: format!(
                "SELECT samples.time, value {OF_SERIES} WHERE name = 'queue_depth' AND labels['instance'] = '{address}' \
                 AND labels['topic'] = 'orders' AND {hour} ORDER BY 1"
            ),
            values: count(HOUR_MS, load.interval_ms),
            total: None,
        },
        Question {
            what: "sum by job, a value per minute over an hour",
            promql: "sum by (job) (process_memory_bytes)".into(),
            range: Some(Range { start_ms: hour_ago, step_ms: MINUTE_MS }),
            end_ms,
            sql: format!(
                "SELECT job, minute, sum(latest) AS value FROM (\
                 SELECT labels['job'] AS job, samples.series, {minute_bin} AS minute, last_value(value ORDER BY samples.time) AS latest \
                 {OF_SERIES} WHERE name = 'process_memory_bytes' AND {hour} GROUP BY 1, 2, 3) GROUP BY job, minute"
            ),
            values: instances.min(labels::JOBS.len()) * count(HOUR_MS, MINUTE_MS),
            total: None,
        },
        Question {
            what: "maximum by instance over 24 hours",
            promql: format!("max by (instance) (max_over_time(cpu_usage_ratio[{}s]))", (end_ms - day_ago) / 1_000),
            range: None,
            end_ms,
            sql: format!(
                "SELECT labels['instance'] AS instance, max(value) AS value {OF_SERIES} \
                 WHERE name = 'cpu_usage_ratio' AND {day} GROUP BY 1"
            ),
            values: instances,
            total: None,
        },
        Question {
            what: "rate of a counter in windows of 5 minutes over an hour, 100 series",
            promql: r#"rate(http_requests_total{code="200",instance=~"10\\.0\\.0\\..+"}[5m])"#.into(),
            range: Some(Range { start_ms: hour_ago, step_ms: RATE_MS }),
            end_ms,
            sql: format!(
                "SELECT instance, window_start, sum(CASE WHEN value < earlier THEN value ELSE value - earlier END) / 300 AS value FROM (\
                 SELECT labels['instance'] AS instance, {rate_bin} AS window_start, value, \
                 lag(value) OVER (PARTITION BY samples.series ORDER BY samples.time) AS earlier \
                 {OF_SERIES} WHERE name = 'http_requests_total' AND labels['code'] = '200' AND labels['instance'] LIKE '10.0.0.%' \
                 AND {hour_and_before}) WHERE window_start >= {} GROUP BY 1, 2",
                moment(hour_ago)
            ),
            values: instances.min(100) * count(HOUR_MS, RATE_MS),
            total: None,
        },
        Question {
            what: "number of series with a label",
            promql: format!(r#"count({{job="{job}"}})"#),
            range: None,
            end_ms,
            sql: format!("SELECT count(*) AS value FROM series WHERE labels['job'] = '{job}'"),
            values: 1,
            total: Some(u32::try_from(of_job).map_or(f64::INFINITY, f64::from)),
        },
    ]
}

fn moment(time_ms: i64) -> String {
    let time = Timestamp::from_millisecond(time_ms).unwrap_or_default();
    format!("TIMESTAMP '{time}'")
}

fn since(start_ms: i64, end_ms: i64) -> String {
    format!("samples.time > {} AND samples.time <= {}", moment(start_ms), moment(end_ms))
}

/// Windows as PromQL has them: what lies at a window's end belongs to it, what lies at its start does not.
fn bin(length: &str, start_ms: i64) -> String {
    format!("date_bin(INTERVAL '{length}', samples.time - INTERVAL '1 millisecond', {})", moment(start_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_beforehand() {
        let load = Load { series: 10_000, steps: 2_880, interval_ms: 30_000, seed: 1, connections: 4, end_ms: 1_800_000_000_000 };
        let values: Vec<_> = questions(&load).into_iter().map(|question| (question.values, question.total)).collect();
        assert_eq!(values, [(120, None), (600, None), (100, None), (1_200, None), (1, Some(1_000.0))]);
        insta::assert_snapshot!(questions(&load)[2].sql, @"SELECT labels['instance'] AS instance, max(value) AS value FROM series JOIN samples ON samples.series = series.series WHERE name = 'cpu_usage_ratio' AND samples.time > TIMESTAMP '2027-01-14T08:00:00Z' AND samples.time <= TIMESTAMP '2027-01-15T08:00:00Z' GROUP BY 1");
    }
}
