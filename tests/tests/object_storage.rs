//! History in object storage: moto serves S3 to the program, and pyarrow reads what the program left there.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use maru_tests::{Maru, Moto, Setup, now_ms, program, remote_write, until};
use reqwest::StatusCode;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// Where below the bucket the program keeps history.
const PREFIX: &str = "cells/seoul-2";
/// How long samples may take to the bucket, flushes being a second apart.
const FLUSH: Duration = Duration::from_secs(60);
/// How long samples may take to the bucket when that is back: the program's attempts are seconds apart.
const RECOVERY: Duration = Duration::from_secs(90);
/// How long an operation may take to say that it cannot be done.
const REFUSAL: Duration = Duration::from_secs(45);

/// What was sent: of each series, times in milliseconds since the Unix epoch, and values.
type Sent = BTreeMap<String, BTreeMap<i64, String>>;

fn setup(moto: &Moto) -> Setup {
    let history = format!("s3://{}/{PREFIX}", Moto::BUCKET);
    let setup = Maru::setup().env("MARU_HISTORY", &history).env("MARU_HISTORY_FLUSH_SECONDS", "1");
    moto.variables().iter().fold(setup, |setup, (name, value)| setup.env(name, value))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_nothing_on_its_way_to_the_bucket() {
    let moto = Moto::start().await;
    let mut maru = setup(&moto).up().await;
    let mut sent = Sent::new();
    let start_ms = now_ms() - 600_000;
    for round in 0..6 {
        for batch in 0..20 {
            write(&maru, &mut sent, start_ms + (round * 20 + batch) * 1_000).await;
        }
        // Some kills come before anything was flushed, some amid it, some after.
        until("a part is in the bucket", FLUSH, async || (round < 2 || samples_in(&moto) > 0).then_some(())).await;
        maru.kill9_and_start_again().await;
        assert_eq!(held(&maru).await, sent, "after kill {round}");
    }
    until("all samples are in the bucket", FLUSH, async || (samples_in(&moto) == count(&sent)).then_some(())).await;
    assert_eq!(held(&maru).await, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_engine_reads_the_bucket_and_so_does_an_empty_folder() {
    let moto = Moto::start().await;
    let mut maru = setup(&moto).up().await;
    let mut sent = Sent::new();
    let start_ms = now_ms() - 600_000;
    for batch in 0..100 {
        write(&maru, &mut sent, start_ms + batch * 1_000).await;
    }
    until("all samples are in the bucket", FLUSH, async || (samples_in(&moto) == count(&sent)).then_some(())).await;
    assert_eq!(parquet_below(maru.data()), Vec::<String>::new(), "history is in the data folder as well");
    for key in moto.list("").keys().filter(|key| !key.ends_with("/owner.json")) {
        let (table, file) = key.strip_prefix(&format!("{PREFIX}/")).and_then(|key| key.split_once("/day=")).expect("a table and a day");
        assert!(!table.is_empty() && file.ends_with(".parquet"), "{key}");
    }

    let samples = moto.read_parquet(&format!("{PREFIX}/samples/"));
    assert_eq!(samples["columns"], serde_json::json!({"series": "uint64", "time": "timestamp[ms, tz=UTC]", "value": "double"}));
    let series = moto.read_parquet(&format!("{PREFIX}/series/"));
    let names: BTreeMap<u64, String> =
        rows(&series).map(|row| (row["series"].as_u64().unwrap(), named(&row["name"], &row["labels"]))).collect();
    let mut read = Sent::new();
    for row in rows(&samples) {
        let series = read.entry(names[&row["series"].as_u64().unwrap()].clone()).or_default();
        let twice = series.insert(row["time"].as_i64().unwrap(), row["value"].as_f64().unwrap().to_string());
        assert_eq!(twice, None, "a sample is in the bucket twice");
    }
    assert_eq!(read, sent);

    assert!(maru.stop().await.success());
    let fresh = setup(&moto).up().await;
    assert_ne!(fresh.data(), maru.data());
    assert_eq!(held(&fresh).await, sent);
    // What comes next finds its place behind what is there.
    for batch in 100..120 {
        write(&fresh, &mut sent, start_ms + batch * 1_000).await;
    }
    until("those are in the bucket too", FLUSH, async || (samples_in(&moto) == count(&sent)).then_some(())).await;
    assert_eq!(held(&fresh).await, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_goes_on_while_the_bucket_is_away() {
    let mut moto = Moto::start().await;
    let mut maru = setup(&moto).up().await;
    let mut sent = Sent::new();
    let start_ms = now_ms() - 600_000;
    for batch in 0..20 {
        write(&maru, &mut sent, start_ms + batch * 1_000).await;
    }
    until("samples are in the bucket", FLUSH, async || (samples_in(&moto) == count(&sent)).then_some(())).await;

    moto.line.cut().await;
    for batch in 20..120 {
        write(&maru, &mut sent, start_ms + batch * 1_000).await;
    }
    // What lies in the bucket cannot be read now, and that is said, not left out.
    let begun = tokio::time::Instant::now();
    let answer = maru.call("sql.query", serde_json::json!({"sql": "SELECT count(*), sum(value) FROM samples"})).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    assert!(begun.elapsed() < REFUSAL, "it took {:?} to say so", begun.elapsed());
    let ready = maru.client().get(format!("{}/readyz", maru.url())).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);

    moto.line.mend().await;
    until("the samples of meanwhile are in the bucket", RECOVERY, async || (samples_in(&moto) == count(&sent)).then_some(())).await;
    assert_eq!(held(&maru).await, sent);

    // The same once more, and a kill before the bucket is back.
    moto.line.cut().await;
    for batch in 120..160 {
        write(&maru, &mut sent, start_ms + batch * 1_000).await;
    }
    maru.kill9();
    moto.line.mend().await;
    maru.start_again().await;
    assert_eq!(held(&maru).await, sent);
    until("they are in the bucket", RECOVERY, async || (samples_in(&moto) == count(&sent)).then_some(())).await;
    assert_eq!(held(&maru).await, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_said_at_the_start() {
    let moto = Moto::start().await;
    let mut maru = setup(&moto).up().await;
    assert!(maru.stop().await.success());
    for (history, said) in [("s3://nothing-here/x", "nothing-here"), ("gs://maru/x", "s3://bucket/prefix")] {
        let begun = tokio::time::Instant::now();
        let ended = maru.command(&["up", "--listen", "127.0.0.1:0", "--history", history]).stdout(Stdio::null()).output().unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && error.contains(said) && error.contains("MARU-0"), "{error}");
        assert!(begun.elapsed() < REFUSAL, "it took {:?} to say so", begun.elapsed());
    }
}

/// As with a data folder: parts of two programs have the same names, and one would overwrite what the other was told is safe.
#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_that_another_program_writes_to_is_refused() {
    let moto = Moto::start().await;
    let first = setup(&moto).up().await;
    let other = tempfile::tempdir().unwrap();
    // Without the limit, one that does start would run on.
    let ended = Command::new("timeout")
        .args(["--signal=TERM", "20"])
        .arg(program())
        .args(["up", "--listen", "127.0.0.1:0", "--history", &format!("s3://{}/{PREFIX}", Moto::BUCKET), "--data"])
        .arg(other.path().join("data"))
        .env_clear()
        .envs(moto.variables())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("MARU_WATCH_HOST", "false")
        .output()
        .unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "it starts, beside the one in {}: {said}", first.data().display());
    assert!(said.contains(PREFIX), "{said}");
}

/// Sends a sample of each of a few series.
async fn write(maru: &Maru, sent: &mut Sent, time_ms: i64) {
    let mut series = Vec::new();
    for shelf in ["books", "rice", "soap"] {
        // Eighths, which survive as JSON whoever reads it.
        let value = f64::from(u32::try_from(time_ms % 1_000_003).unwrap()) / 8.0;
        series.push(remote_write::Series::new("stock").label("instance", "till-7").label("shelf", shelf).sample(time_ms, value));
        sent.entry(format!("stock {shelf}")).or_default().insert(time_ms, value.to_string());
    }
    let answer = maru.write(remote_write::body(&series)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{}", answer.text().await.unwrap());
}

fn count(sent: &Sent) -> usize {
    sent.values().map(BTreeMap::len).sum()
}

/// What the program holds; fails when it holds something twice.
async fn held(maru: &Maru) -> Sent {
    let rows = maru
        .sql("SELECT name, labels, CAST(samples.time AS BIGINT) AS ms, CAST(value AS TEXT) FROM samples JOIN series USING (series)")
        .await;
    let mut held = Sent::new();
    for row in rows {
        let [name, labels, time_ms, value] = row.try_into().unwrap();
        let value: f64 = value.as_str().unwrap().parse().unwrap();
        let twice = held.entry(named(&name, &labels)).or_default().insert(time_ms.as_i64().unwrap(), value.to_string());
        assert_eq!(twice, None, "a sample is there twice");
    }
    held
}

fn named(name: &Value, labels: &Value) -> String {
    format!("{} {}", name.as_str().unwrap(), labels["shelf"].as_str().unwrap())
}

/// How many samples pyarrow finds in the bucket, each counted once.
fn samples_in(moto: &Moto) -> usize {
    let samples = moto.read_parquet(&format!("{PREFIX}/samples/"));
    rows(&samples).map(|row| (row["series"].as_u64().unwrap(), row["time"].as_i64().unwrap())).collect::<BTreeSet<_>>().len()
}

fn rows(read: &Value) -> impl Iterator<Item = &Value> {
    read["rows"].as_array().unwrap().iter()
}

/// Parquet files in a folder.
fn parquet_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(parquet_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path.display().to_string());
        }
    }
    found
}
