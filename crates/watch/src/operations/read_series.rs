use super::{
    SeriesView,
    list_anomalies::ListAnomalies,
    points::{Point, judged_values, thin_out},
};
use crate::{AnomalyView, Watch, series::SeriesId};
use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::{Float64Type, TimestampMillisecondType},
};
use jiff::Timestamp;
use maru_kernel::{Call, Effect, Error, Operation, Result, parse_time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads a series over time, with its band and its anomalies.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ReadSeries {
    /// The series, as `series list` shows it.
    pub id: SeriesId,
    /// From when: RFC 3339, or ago, such as `-1h`.
    #[arg(long, allow_hyphen_values = true, default_value = "-1h")]
    #[serde(default = "default_from")]
    pub from: String,
    /// Until when.
    #[arg(long, allow_hyphen_values = true, default_value = "now")]
    #[serde(default = "default_to")]
    pub to: String,
    /// The most points to answer; more are thinned out so that they look the same.
    #[arg(long, default_value_t = default_points())]
    #[serde(default = "default_points")]
    pub points: u32,
}

fn default_from() -> String {
    "-1h".into()
}

fn default_to() -> String {
    "now".into()
}

fn default_points() -> u32 {
    600
}

/// A series over time, in columns: the first value of each belongs to the first time, and so on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SeriesPoints {
    /// The series.
    pub series: SeriesView,
    /// Milliseconds since the epoch.
    pub time_ms: Vec<i64>,
    /// Values; for a counter rates per second.
    pub value: Vec<Option<f64>>,
    /// Expected values.
    pub expected: Vec<Option<f64>>,
    /// The least ordinary values.
    pub lower: Vec<Option<f64>>,
    /// The greatest ordinary values.
    pub upper: Vec<Option<f64>>,
    /// What left the band in that time.
    pub anomalies: Vec<AnomalyView>,
}

/// How far before the asked time rows are read, so that the first point has a rate and a band, in milliseconds.
const BEFORE_MS: i64 = 600_000;
/// A band row that is older than this says nothing of a point any more, in milliseconds.
const BAND_HOLDS_MS: i64 = 600_000;

impl Operation for ReadSeries {
    const NAME: &'static str = "series.read";
    const EFFECT: Effect = Effect::Read;
    const EXAMPLES: &'static [&'static str] = &["series read 6262362738283728 --from -6h --output csv"];
    type Room = Watch;
    type Output = SeriesPoints;

    async fn run(self, watch: &Watch, call: &Call) -> Result<SeriesPoints> {
        let (from, to) = (parse_time("from", &self.from, call.now())?, parse_time("to", &self.to, call.now())?);
        if to <= from {
            return Err(Error::invalid("MARU-0210", "to", "`to` is not after `from`."));
        }
        let (series, kind) = {
            let shard = watch.engine.index.shard_with(self.id);
            let slot = shard.get(&self.id.0).ok_or_else(|| {
                Error::not_found("MARU-0211", format!("There is no series `{}`.", self.id)).next("`maru series list` finds series.")
            })?;
            (SeriesView::of(self.id, slot), slot.kind)
        };
        let (samples, bands) = tokio::try_join!(
            self.rows(watch, "SELECT time, value FROM samples", from, to),
            self.rows(watch, "SELECT time, expected, lower, upper FROM bands", from, to),
        )?;
        let (from_ms, to_ms) = (from.as_millisecond(), to.as_millisecond());
        let samples: Vec<Point> = rows::<1>(&samples).into_iter().map(|(time_ms, [value])| Point { time_ms, value }).collect();
        let mut points = judged_values(kind, &samples);
        points.retain(|point| (from_ms..=to_ms).contains(&point.time_ms));
        let points = thin_out(points, from_ms, to_ms, (self.points as usize).clamp(4, 20_000));
        let mut bands = rows::<3>(&bands);
        // After a crash a row may have been kept twice.
        bands.dedup_by_key(|(time_ms, _)| *time_ms);

        let listing =
            ListAnomalies { open: false, since: Some(from.to_string()), until: Some(to.to_string()), series: Some(self.id), limit: 1_000 };
        let anomalies = listing.run(watch, call).await?.anomalies;
        Ok(with_bands(series, &points, &bands, anomalies))
    }
}

impl ReadSeries {
    async fn rows(&self, watch: &Watch, select: &str, from: Timestamp, to: Timestamp) -> Result<Vec<RecordBatch>> {
        let before = from.as_millisecond().saturating_sub(BEFORE_MS);
        let sql = format!(
            "{select} WHERE series = {} AND time >= to_timestamp_millis({before}) AND time <= to_timestamp_millis({}) ORDER BY time",
            self.id,
            to.as_millisecond(),
        );
        watch.store().sql().batches(&sql).await
    }
}

fn rows<const N: usize>(batches: &[RecordBatch]) -> Vec<(i64, [f64; N])> {
    let mut rows = Vec::new();
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        let times = batch.column(0).as_primitive::<TimestampMillisecondType>().values();
        let columns: [_; N] = std::array::from_fn(|at| batch.column(at + 1).as_primitive::<Float64Type>().values());
        rows.extend(times.iter().enumerate().map(|(row, time_ms)| (*time_ms, columns.each_ref().map(|column| column[row]))));
    }
    rows
}

/// Puts beside each point the band that held at its time.
fn with_bands(series: SeriesView, points: &[Point], bands: &[(i64, [f64; 3])], anomalies: Vec<AnomalyView>) -> SeriesPoints {
    let mut answer = SeriesPoints { series, time_ms: vec![], value: vec![], expected: vec![], lower: vec![], upper: vec![], anomalies };
    for point in points {
        let after = bands.partition_point(|(time_ms, _)| *time_ms <= point.time_ms);
        let band = after.checked_sub(1).map(|at| bands[at]).filter(|(time_ms, _)| point.time_ms - time_ms <= BAND_HOLDS_MS);
        let column = |at: usize| band.map(|(_, numbers)| numbers[at]).filter(|number| number.is_finite());
        answer.time_ms.push(point.time_ms);
        answer.value.push(Some(point.value).filter(|value| value.is_finite()));
        answer.expected.push(column(0));
        answer.lower.push(column(1));
        answer.upper.push(column(2));
    }
    answer
}
