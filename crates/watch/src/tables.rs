//! The tables of watch.

use maru_kernel::{Column, ColumnType, Table, TableStore};

/// Every series ever seen.
pub const SERIES: Table = Table {
    name: "series",
    comment: "Every metric series ever seen: a name and labels",
    store: TableStore::History,
    columns: &[
        Column::new("series", ColumnType::Id, "Identity: XXH3 of the name and labels; joins with samples, bands and anomalies"),
        Column::new("time", ColumnType::Time, "When it was first seen"),
        Column::new("name", ColumnType::Text, "The metric's name"),
        Column::new("labels", ColumnType::Map, "Labels, the name not among them: labels['job']"),
        Column::nullable("resource", ColumnType::Text, "What it is measured on, such as a host or an instance"),
        Column::new("kind", ColumnType::Text, "gauge, or counter: then its rate is judged"),
        Column::nullable("unit", ColumnType::Text, "The unit of its samples, where known"),
    ],
    time_column: Some("time"),
    sort: &["series", "time"],
    retention_days: None,
};

/// Every sample.
pub const SAMPLES: Table = Table {
    name: "samples",
    comment: "Every sample of every series, as it was sent",
    store: TableStore::History,
    columns: &[
        Column::new("series", ColumnType::Id, "The series"),
        Column::new("time", ColumnType::Time, "When it was measured"),
        Column::new("value", ColumnType::Float, "The value, in the unit of the series; counters as they count"),
    ],
    time_column: Some("time"),
    sort: &["series", "time"],
    retention_days: Some(30),
};

/// The band of each series over time.
pub const BANDS: Table = Table {
    name: "bands",
    comment: "The learned band of each series: a row holds until the next, where the band moved, and at least every five minutes",
    store: TableStore::History,
    columns: &[
        Column::new("series", ColumnType::Id, "The series"),
        Column::new("time", ColumnType::Time, "From when the band holds"),
        Column::new("value", ColumnType::Float, "The value that was judged; for a counter its rate per second"),
        Column::new("expected", ColumnType::Float, "The expected value"),
        Column::new("lower", ColumnType::Float, "The least ordinary value"),
        Column::new("upper", ColumnType::Float, "The greatest ordinary value"),
        Column::new("score", ColumnType::Float, "How far outside: 0 as expected, 0.5 on the edge, towards 1 far outside"),
    ],
    time_column: Some("time"),
    sort: &["series", "time"],
    retention_days: Some(30),
};

/// What left its band.
pub const ANOMALIES: Table = Table {
    name: "anomalies",
    comment: "Stretches during which a series was outside its band",
    store: TableStore::State,
    columns: &[
        Column::new("id", ColumnType::Text, "Identity: series and start"),
        Column::new("series", ColumnType::Id, "The series"),
        Column::new("name", ColumnType::Text, "The metric's name"),
        Column::new("labels", ColumnType::Map, "The series' labels"),
        Column::nullable("resource", ColumnType::Text, "What the series is measured on"),
        Column::new("start_time", ColumnType::Time, "When it left its band"),
        Column::nullable("end_time", ColumnType::Time, "When it was outside for the last time; empty while it is open"),
        Column::new("direction", ColumnType::Text, "above or below"),
        Column::new("expected", ColumnType::Float, "The expected value at the start"),
        Column::new("lower", ColumnType::Float, "The lower edge of the band at the start"),
        Column::new("upper", ColumnType::Float, "The upper edge of the band at the start"),
        Column::new("actual", ColumnType::Float, "The most extreme value"),
        Column::new("score", ColumnType::Float, "The greatest score, from 0 to 1"),
    ],
    time_column: None,
    sort: &[],
    retention_days: None,
};

/// All of them.
#[must_use]
pub fn tables() -> Vec<&'static Table> {
    vec![&SERIES, &SAMPLES, &BANDS, &ANOMALIES]
}
