//! `kill -9` under ingest: what was acknowledged is there afterwards, exactly once, and bands and anomalies go on where they were. Takes
//! no answer of the program for granted that SQL does not confirm, and must never tell a sample apart by anything but what was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use maru_tests::{Maru, now_ms, remote_write, remote_write::Series, until};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::sleep};

/// How often the program is killed while it serves.
const KILLS: u32 = 50;
/// Series that each sender writes.
const LANES: i64 = 5;
const DAY_MS: i64 = 86_400_000;

/// Times and chances, the same in every run.
struct Chance(u64);

impl Chance {
    /// A number between `least` and `most`.
    fn between(&mut self, least: u64, most: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        least + (mixed ^ (mixed >> 31)) % (most - least + 1)
    }

    fn pause(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_millis(self.between(least_ms, most_ms))
    }
}

/// A client that sends a body until it is acknowledged, and only then the next.
#[derive(Clone, Copy)]
struct Sender {
    name: &'static str,
    start_ms: i64,
    step_ms: i64,
    /// Samples of each series in one body.
    batch: i64,
}

impl Sender {
    /// The samples from number `first` on, of every series. The value is the sample's number, and its time follows from it.
    fn body(self, first: i64) -> Vec<u8> {
        let lanes = (0..LANES).map(|lane| {
            let series = Series::new("counted").label("lane", &lane.to_string()).label("sender", self.name);
            (first..first + self.batch).fold(series, |series, number| series.sample(self.start_ms + number * self.step_ms, number as f64))
        });
        remote_write::body(&lanes.collect::<Vec<_>>())
    }

    /// Sends until `stop`; answers how many samples of each series were acknowledged.
    async fn send(self, client: Client, mut url: watch::Receiver<String>, stop: Arc<AtomicBool>) -> i64 {
        let mut acknowledged = 0;
        while !stop.load(Ordering::Relaxed) && self.start_ms + (acknowledged + self.batch) * self.step_ms < now_ms() {
            let body = self.body(acknowledged);
            while !self.attempt(&client, &mut url, &body).await {
                sleep(Duration::from_millis(5)).await;
            }
            acknowledged += self.batch;
        }
        acknowledged
    }

    async fn attempt(self, client: &Client, url: &mut watch::Receiver<String>, body: &[u8]) -> bool {
        let url = format!("{}/api/v1/write", *url.borrow_and_update());
        let request = client.post(url).header("content-type", remote_write::V1).header("content-encoding", "snappy").body(body.to_vec());
        // A connection that breaks says nothing about what became of the body.
        let Ok(response) = request.send().await else { return false };
        match response.status() {
            StatusCode::NO_CONTENT | StatusCode::OK => true,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => false,
            status => panic!("{} was answered {status}: {:?}", self.name, response.text().await),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_fifty_times_under_ingest_loses_nothing_and_doubles_nothing() {
    let seed = 20_260_401;
    let mut chance = Chance(seed);
    let mut maru = Maru::setup().env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await;
    let today_ms = now_ms() - 1_200_000;
    let senders = [
        Sender { name: "one by one", start_ms: today_ms, step_ms: 20, batch: 1 },
        Sender { name: "in tens", start_ms: today_ms, step_ms: 3, batch: 10 },
        Sender { name: "in hundreds", start_ms: today_ms, step_ms: 1, batch: 100 },
        // Over midnight again and again, so that one segment becomes parts of several days.
        Sender { name: "over days", start_ms: now_ms() - 20 * DAY_MS, step_ms: 97_000, batch: 3 },
    ];
    let (urls, url) = watch::channel(maru.url().to_owned());
    let stop = Arc::new(AtomicBool::new(false));
    let running: Vec<_> =
        senders.iter().map(|sender| tokio::spawn(sender.send(maru.client().clone(), url.clone(), stop.clone()))).collect();

    for kill in 1..=KILLS {
        // Mostly soon; now and then late enough for parts to be written, merged and their segments deleted.
        sleep(if kill % 5 == 0 { chance.pause(800, 1_800) } else { chance.pause(20, 300) }).await;
        maru.kill9();
        if kill % 5 == 1 {
            // And once more while it recovers.
            maru.launch();
            sleep(chance.pause(20, 300)).await;
            maru.kill9();
        }
        maru.start_again().await;
        urls.send_replace(maru.url().to_owned());
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for sender in running {
        acknowledged.push(sender.await.unwrap());
    }

    for again in ["before another restart", "after another restart"] {
        for (sender, acknowledged) in senders.iter().zip(&acknowledged) {
            assert!(*acknowledged >= 50, "{} got hardly anything through: {acknowledged}", sender.name);
            check(&maru, *sender, *acknowledged, &format!("{again}, seed {seed}")).await;
        }
        assert_eq!(maru.count("SELECT count(*) FROM series WHERE name = 'counted'").await, 4 * LANES, "{again}");
        assert_eq!(maru.count("SELECT count(DISTINCT series) FROM samples").await, 4 * LANES, "{again}");
        maru.restart().await;
    }
    let merged = files(&maru).into_iter().filter(|name| is_merged(name)).count();
    assert!(merged > 0, "compaction never ran, so nothing was shown about it: {:?}", files(&maru));
}

/// Every sample of a sender is there once, at its time, and no other.
async fn check(maru: &Maru, sender: Sender, acknowledged: i64, when: &str) {
    let offset = format!("CAST(samples.time AS BIGINT) - CAST(samples.value AS BIGINT) * {}", sender.step_ms);
    let rows = maru
        .sql(&format!(
            "SELECT series.labels['lane'], count(*), count(DISTINCT samples.value), count(DISTINCT samples.time), \
             CAST(min(samples.value) AS BIGINT), CAST(max(samples.value) AS BIGINT), min({offset}), max({offset}) \
             FROM samples JOIN series ON samples.series = series.series WHERE series.labels['sender'] = '{}' GROUP BY 1 ORDER BY 1",
            sender.name
        ))
        .await;
    let expected: Vec<Vec<Value>> = (0..LANES)
        .map(|lane| {
            let numbers = [acknowledged, acknowledged, acknowledged, 0, acknowledged - 1, sender.start_ms, sender.start_ms];
            std::iter::once(json!(lane.to_string())).chain(numbers.map(|number| json!(number))).collect()
        })
        .collect();
    assert_eq!(rows, expected, "{}, {when}: lane, count, values, times, first, last, offsets", sender.name);
}

fn files(maru: &Maru) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![maru.data().join("history")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path())
            } else {
                names.push(entry.file_name().into_string().unwrap())
            }
        }
    }
    names
}

/// Whether a part covers several segments of the log: `FIRST-LAST.parquet`.
fn is_merged(name: &str) -> bool {
    name.strip_suffix(".parquet").and_then(|range| range.split_once('-')).is_some_and(|(first, last)| first != last)
}

/// A series with a sample every ten seconds, which a test can make calm or wild.
struct Probe {
    maru: Maru,
    next_ms: i64,
    number: i64,
}

impl Probe {
    /// One whose band is learned.
    async fn learned() -> Self {
        let mut probe = Self { maru: Maru::setup().up().await, next_ms: now_ms() - 3_600_000, number: 0 };
        for _ in 0..120 {
            probe.calm().await;
        }
        assert_eq!(probe.state().await, "normal");
        probe
    }

    async fn calm(&mut self) {
        let value = 100.0 + [0.0, 1.0, -1.0, 0.5, -0.5][(self.number % 5) as usize];
        self.send(value).await;
    }

    async fn send(&mut self, value: f64) {
        let body = remote_write::body(&[Series::new("probe").label("instance", "here").sample(self.next_ms, value)]);
        let response = self.maru.write(body).await.unwrap();
        assert!(response.status().is_success(), "{:?}", response.text().await);
        self.next_ms += 10_000;
        self.number += 1;
    }

    async fn state(&self) -> String {
        let answer = self.maru.ask("series.list", json!({"match": "probe"})).await;
        assert_eq!(answer["total"], 1, "{answer}");
        answer["series"][0]["state"].as_str().unwrap().to_owned()
    }

    async fn anomalies(&self) -> Vec<Value> {
        let answer = self.maru.ask("anomaly.list", json!({"since": "-24h"})).await;
        answer["anomalies"].as_array().unwrap().clone()
    }

    /// The only anomaly there is. That it is written down takes a moment.
    async fn only_anomaly(&self) -> Value {
        let found = until("the anomaly is written down", Duration::from_secs(20), async || {
            Some(self.anomalies().await).filter(|found| !found.is_empty())
        });
        let found = found.await;
        assert_eq!(found.len(), 1, "one happening is one anomaly: {found:?}");
        found[0].clone()
    }
}

#[tokio::test]
async fn bands_need_no_new_warm_up_after_a_restart_or_a_kill() {
    let mut probe = Probe::learned().await;
    probe.maru.restart().await;
    assert_eq!(probe.state().await, "normal", "after SIGTERM");
    let band = probe.maru.sql("SELECT lower, upper FROM bands ORDER BY time DESC LIMIT 1").await;
    let (lower, upper) = (band[0][0].as_f64().unwrap(), band[0][1].as_f64().unwrap());
    assert!(90.0 < lower && lower < 99.0 && 101.0 < upper && upper < 110.0, "the band is around the series: {band:?}");
    probe.calm().await;
    assert_eq!(probe.state().await, "normal");
    probe.maru.kill9_and_start_again().await;
    assert_eq!(probe.state().await, "normal", "after a kill");
    probe.maru.kill9_and_start_again().await;
    assert_eq!(probe.state().await, "normal", "after a second kill");
    for _ in 0..4 {
        probe.calm().await;
    }
    assert!(probe.anomalies().await.is_empty(), "a restart is no anomaly");
    let rows = probe.maru.sql("SELECT count(*), count(DISTINCT time) FROM bands").await;
    assert_eq!(rows[0][0], rows[0][1], "no row of a band is there twice");
}

#[tokio::test]
async fn an_open_anomaly_stays_one_anomaly_over_a_kill_and_a_restart() {
    let mut probe = Probe::learned().await;
    for _ in 0..3 {
        probe.send(5_000.0).await;
        // Before anything else happens: what was acknowledged was judged, or is judged again.
        probe.maru.kill9_and_start_again().await;
    }
    assert_eq!(probe.state().await, "anomalous");
    let opened = probe.only_anomaly().await;
    assert!(opened.get("end").is_none_or(Value::is_null), "it is open: {opened}");
    assert_eq!(opened["direction"], "above");

    probe.maru.restart().await;
    assert_eq!(probe.state().await, "anomalous", "after SIGTERM");
    probe.send(5_000.0).await;
    assert_eq!(probe.only_anomaly().await["id"], opened["id"], "the same one goes on");

    for _ in 0..8 {
        probe.calm().await;
    }
    let closed = until("the anomaly is closed", Duration::from_secs(20), async || {
        Some(probe.only_anomaly().await).filter(|anomaly| anomaly.get("end").is_some_and(Value::is_string))
    });
    let closed = closed.await;
    assert_eq!(closed["id"], opened["id"]);
    probe.maru.kill9_and_start_again().await;
    assert_eq!(probe.only_anomaly().await, closed, "a kill opens it no second time");
    assert_eq!(probe.state().await, "normal");
}
