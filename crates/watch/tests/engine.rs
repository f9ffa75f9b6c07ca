//! The engine over a real store: what is acknowledged is there once, and a restart goes on where it stopped.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use bytes::Bytes;
use jiff::Timestamp;
use maru_kernel::{Call, Clock, ErrorKind, ManualClock, Operation, Principal};
use maru_store::{Filter, HistoryOptions, Store, StoreOptions};
use maru_watch::{
    ListAnomalies, ListSeries, ReadSeries, Watch, WatchOptions, WireFormat,
    ingest::{
        Kind, Sample, SeriesRef,
        encode::{self, labels},
    },
};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use tokio_util::sync::CancellationToken;

const START_MS: i64 = 1_772_323_200_000;
const STEP_MS: i64 = 10_000;

struct Cell {
    store: Arc<Store>,
    watch: Arc<Watch>,
    clock: Arc<ManualClock>,
}

impl Cell {
    async fn open(folder: &Path) -> Self {
        let options = StoreOptions {
            history: HistoryOptions { waiting_limit_bytes: 64 << 20, ..HistoryOptions::default() },
            ..StoreOptions::default()
        };
        Self::open_with(folder, options).await
    }

    async fn open_with(folder: &Path, options: StoreOptions) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millisecond(START_MS + 86_400_000).unwrap()));
        let store = Store::open(folder, options, &maru_watch::tables(), maru_watch::migrations, clock.clone()).await.unwrap();
        let store = Arc::new(store);
        let options = WatchOptions { watch_host: false, ..WatchOptions::default() };
        let watch = Watch::open(store.clone(), options, clock.clone()).await.unwrap();
        Self { store, watch, clock }
    }

    /// Ends it as SIGTERM does: with a checkpoint.
    async fn close(self) {
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        self.watch.run(Vec::new(), shutdown).await;
        self.store.close().await;
    }

    /// Ends it as a killed process does: nothing is kept that was not acknowledged.
    async fn drop_dead(self) {
        self.store.close().await;
    }

    async fn send(&self, name: &str, steps: std::ops::Range<i64>, value: impl Fn(i64) -> f64) -> maru_kernel::Result<maru_watch::Accepted> {
        self.watch.accept(WireFormat::RemoteWriteV1, body(name, steps, value)).await
    }

    async fn sql(&self, sql: &str) -> Value {
        serde_json::to_value(self.store.sql().query(sql, 1_000).await.unwrap().rows).unwrap()
    }

    fn call(&self) -> Call {
        Call::new(Principal::local(), "test", self.clock.clone() as Arc<dyn Clock>)
    }

    async fn run<O: Operation<Room = Watch>>(&self, input: Value) -> Value {
        let operation: O = serde_json::from_value(input).unwrap();
        serde_json::to_value(operation.run(&self.watch, &self.call()).await.unwrap()).unwrap()
    }

    async fn state(&self, name: &str) -> String {
        let found = self.run::<ListSeries>(json!({ "match": name })).await;
        found["series"][0]["state"].as_str().unwrap().to_owned()
    }
}

fn body(name: &str, steps: std::ops::Range<i64>, value: impl Fn(i64) -> f64) -> Bytes {
    let samples: Vec<_> = steps.map(|step| Sample { time_ms: START_MS + step * STEP_MS, value: value(step) }).collect();
    let labels = labels(name, &[("job", "test")]);
    encode::remote_write([SeriesRef { labels: &labels, kind: Kind::Unknown, unit: None, samples: &samples }]).unwrap().into()
}

/// Noise that is the same each time.
fn noise(step: i64) -> f64 {
    100.0 + ((step * 7_919) % 13) as f64 / 10.0
}

#[tokio::test]
async fn a_repeated_request_is_acknowledged_and_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    for _ in 0..3 {
        let accepted = cell.send("load", 0..10, noise).await.unwrap();
        assert_eq!((accepted.samples, accepted.refused), (10, 0));
    }
    let overlapping = cell.send("load", 5..12, noise).await.unwrap();
    assert_eq!((overlapping.samples, overlapping.refused), (7, 0));
    assert_eq!(cell.sql("SELECT count(*), count(DISTINCT time) FROM samples").await, json!([[12, 12]]));
    assert_eq!(cell.sql("SELECT name, labels['job'], kind FROM series").await, json!([["load", "test", "gauge"]]));
}

#[tokio::test]
async fn a_late_sample_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    cell.send("load", 10..20, noise).await.unwrap();
    let accepted = cell.send("load", 0..5, noise).await.unwrap();
    assert_eq!((accepted.samples, accepted.refused), (0, 5));
    insta::assert_snapshot!(accepted.refusal.unwrap(), @"5 late: a sample of `load` is 190 s older than the last one");
    assert_eq!(cell.sql("SELECT count(*) FROM samples").await, json!([[10]]));
}

#[tokio::test]
async fn the_same_body_sent_at_once_by_many_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    let sends = (0..20).map(|_| cell.send("load", 0..100, noise));
    for accepted in futures::future::join_all(sends).await {
        assert_eq!(accepted.unwrap().samples, 100);
    }
    assert_eq!(cell.sql("SELECT count(*) FROM samples").await, json!([[100]]));
    assert_eq!(cell.sql("SELECT count(*) FROM series").await, json!([[1]]));
}

#[tokio::test]
async fn what_could_not_be_written_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        StoreOptions { history: HistoryOptions { waiting_limit_bytes: 4_000, ..HistoryOptions::default() }, ..StoreOptions::default() };
    let cell = Cell::open_with(folder.path(), options).await;
    cell.send("load", 0..100, noise).await.unwrap();
    let refused = cell.send("load", 100..200, noise).await.unwrap_err();
    assert!(matches!(refused.kind, ErrorKind::TooMany { .. }), "{refused}");
    cell.store.history().seal().await.unwrap();
    cell.store.history().segment_sealed().await;
    cell.store.history().flush().await.unwrap();
    assert_eq!(cell.send("load", 100..200, noise).await.unwrap().samples, 100);
    assert_eq!(cell.sql("SELECT count(*) FROM samples").await, json!([[200]]));
}

#[tokio::test]
async fn a_band_survives_every_kind_of_end() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    cell.send("load", 0..5, noise).await.unwrap();
    assert_eq!(cell.state("load").await, "warming");
    cell.send("load", 5..60, noise).await.unwrap();
    assert_eq!(cell.state("load").await, "normal");
    cell.close().await;

    let cell = Cell::open(folder.path()).await;
    assert_eq!(cell.state("load").await, "normal");
    cell.send("load", 60..80, noise).await.unwrap();
    cell.drop_dead().await;

    // The samples since the checkpoint are judged again, and sending them again changes nothing.
    let cell = Cell::open(folder.path()).await;
    assert_eq!(cell.state("load").await, "normal");
    assert_eq!(cell.send("load", 60..80, noise).await.unwrap().samples, 20);
    assert_eq!(cell.sql("SELECT count(*) FROM samples").await, json!([[80]]));
    cell.close().await;

    std::fs::write(folder.path().join("bands.checkpoint"), b"not a checkpoint").unwrap();
    let cell = Cell::open(folder.path()).await;
    assert_eq!(cell.state("load").await, "normal");
    assert_eq!(cell.send("load", 60..80, noise).await.unwrap().samples, 20);
}

#[tokio::test]
async fn what_leaves_its_band_is_one_anomaly_with_a_beginning_and_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    let mut events = cell.store.bus().subscribe(Filter { kinds: vec!["AnomalyOpened".into(), "AnomalyClosed".into()], keys: vec![] });
    let value = |step: i64| if (200..230).contains(&step) { 500.0 } else { noise(step) };
    cell.send("load", 0..210, value).await.unwrap();
    cell.drop_dead().await;

    let cell_again = Cell::open(folder.path()).await;
    let open = cell_again.run::<ListAnomalies>(json!({ "open": true })).await;
    assert_eq!(open["anomalies"].as_array().unwrap().len(), 1, "{open}");
    assert_eq!(cell_again.state("load").await, "anomalous");
    cell_again.send("load", 210..260, value).await.unwrap();
    cell_again.close().await;
    assert!(
        tokio::time::timeout(std::time::Duration::from_millis(100), events.next()).await.is_err(),
        "the first process never wrote it down"
    );

    let cell = Cell::open(folder.path()).await;
    let all = cell.run::<ListAnomalies>(json!({})).await;
    let anomaly = &all["anomalies"][0];
    assert_eq!(all["anomalies"].as_array().unwrap().len(), 1, "{all}");
    assert_eq!((&anomaly["direction"], &anomaly["actual"]), (&json!("above"), &json!(500.0)));
    let start: Timestamp = anomaly["start"].as_str().unwrap().parse().unwrap();
    let end: Timestamp = anomaly["end"].as_str().unwrap().parse().unwrap();
    assert_eq!(start.as_millisecond(), START_MS + 200 * STEP_MS);
    assert_eq!(end.as_millisecond(), START_MS + 229 * STEP_MS);
    assert_eq!(cell.sql("SELECT count(*) FROM anomalies a JOIN series s ON a.series = s.series WHERE s.name = 'load'").await, json!([[1]]));
}

#[tokio::test]
async fn a_chart_has_values_and_the_band_around_them() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    cell.send("requests_total", 0..400, |step| (step * 50) as f64).await.unwrap();
    cell.watch
        .clone()
        .run(Vec::new(), {
            let ended = CancellationToken::new();
            ended.cancel();
            ended
        })
        .await;
    let id = cell.run::<ListSeries>(json!({ "match": "requests_total" })).await["series"][0]["id"].clone();
    let from = Timestamp::from_millisecond(START_MS + 100 * STEP_MS).unwrap().to_string();
    let to = Timestamp::from_millisecond(START_MS + 300 * STEP_MS).unwrap().to_string();
    let chart = cell.run::<ReadSeries>(json!({ "id": id, "from": from, "to": to, "points": 100 })).await;
    let values: Vec<f64> = serde_json::from_value(chart["value"].clone()).unwrap();
    assert!((50..=104).contains(&values.len()), "{}", values.len());
    assert!(values.iter().all(|rate| (rate - 5.0).abs() < 1e-9), "a counter is shown as its rate");
    let upper: Vec<f64> = serde_json::from_value(chart["upper"].clone()).unwrap();
    let lower: Vec<f64> = serde_json::from_value(chart["lower"].clone()).unwrap();
    assert!(lower.iter().zip(&upper).all(|(lower, upper)| (*lower..=*upper).contains(&5.0)));
    let wrong = serde_json::from_value::<ReadSeries>(json!({ "id": "12", "from": to, "to": from })).unwrap();
    assert_eq!(wrong.run(&cell.watch, &cell.call()).await.unwrap_err().field.as_deref(), Some("to"));
}

#[tokio::test]
async fn whoever_looks_on_sees_each_judgement() {
    let folder = tempfile::tempdir().unwrap();
    let cell = Cell::open(folder.path()).await;
    cell.send("load", 0..50, noise).await.unwrap();
    let id = cell.run::<ListSeries>(json!({})).await["series"][0]["id"].as_str().unwrap().to_owned();
    let mut live = cell.store.bus().subscribe(Filter { kinds: vec!["SampleJudged".into()], keys: vec![id] });
    cell.send("load", 50..52, noise).await.unwrap();
    let event = live.next().await.unwrap();
    assert_eq!((event.kind, &event.data["value"]), ("SampleJudged", &json!(noise(50))));
    assert!(event.data["upper"].as_f64().unwrap() > event.data["lower"].as_f64().unwrap());
}
