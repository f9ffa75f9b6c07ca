//! History in a bucket, served by moto from PyPI.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{DAY, HISTORY, MARCH, Moto, SAMPLES, batch, copy_folder, files_below, flushed, open_store, row};
use jiff::Timestamp;
use maru_kernel::ErrorKind;
use maru_store::{History, HistoryOptions, Store, StoreOptions};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use tempfile::tempdir;

fn beside(name: &str, test: impl Future<Output = ()>) {
    Moto::beside(name, || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test));
}

fn options(prefix: &str) -> StoreOptions {
    let history = HistoryOptions { address: Some(format!("s3://maru/{prefix}")), merge_at: 2, ..HistoryOptions::default() };
    StoreOptions { history, ..StoreOptions::default() }
}

async fn append(store: &Store, day: i64, series: u64) {
    store.history().append(vec![(SAMPLES.name, batch(&[row(series, MARCH + day * DAY, 1.5)]))]).await.unwrap();
}

async fn count(store: &Store) -> String {
    let answer = store.sql().query("SELECT count(*), count(DISTINCT series), sum(value) FROM samples", 1).await.unwrap();
    serde_json::to_string(&answer.rows[0]).unwrap()
}

async fn names(history: &History) -> Vec<String> {
    use futures::TryStreamExt;
    let all: Vec<_> = history.files().object_store().list(None).try_collect().await.unwrap();
    let mut names: Vec<_> = all.into_iter().map(|meta| meta.location.to_string()).filter(|name| name.contains('/')).collect();
    names.sort();
    names
}

#[test]
fn records_live_in_a_bucket() {
    beside("records_live_in_a_bucket", async {
        let folder = tempdir().unwrap();
        let store = open_store(folder.path(), options("cells/one")).await;
        append(&store, 0, 1).await;
        append(&store, 0, 2).await;
        assert_eq!(count(&store).await, "[2,2,3.0]");
        flushed(store.history()).await;
        append(&store, 0, 3).await;
        flushed(store.history()).await;
        append(&store, 0, 4).await;
        append(&store, -40, 5).await;
        flushed(store.history()).await;
        assert_eq!(count(&store).await, "[5,5,7.5]");
        assert_eq!(
            names(store.history()).await,
            [
                "samples/day=2026-01-20/0000000003-0000000003.parquet",
                "samples/day=2026-03-01/0000000001-0000000001.parquet",
                "samples/day=2026-03-01/0000000002-0000000002.parquet",
                "samples/day=2026-03-01/0000000003-0000000003.parquet",
            ]
        );

        store.history().tidy(Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
        assert_eq!(names(store.history()).await, ["samples/day=2026-03-01/0000000001-0000000003.parquet"]);
        assert_eq!(count(&store).await, "[4,4,6.0]");
        append(&store, 1, 6).await;
        store.close().await;
        drop(store);

        assert!(files_below(&folder.path().join("history")).is_empty(), "nothing of it is here");
        let store = open_store(folder.path(), options("cells/one")).await;
        assert_eq!(count(&store).await, "[5,5,7.5]");
        let answer = store.sql().query("SELECT series FROM samples WHERE time >= TIMESTAMP '2026-03-02 00:00:00'", 10).await.unwrap();
        assert_eq!(answer.rows, [[6]]);
        store.close().await;

        let other = tempdir().unwrap();
        let store = open_store(other.path(), options("cells/two")).await;
        assert_eq!(count(&store).await, "[0,0,null]", "cells share a bucket, and see their own");
    });
}

#[test]
fn a_process_that_dies_counts_nothing_twice() {
    beside("a_process_that_dies_counts_nothing_twice", async {
        let folder = tempdir().unwrap();
        let store = open_store(folder.path(), options("dies")).await;
        append(&store, 0, 1).await;
        append(&store, 1, 2).await;
        let died = tempdir().unwrap();
        copy_folder(folder.path(), died.path());
        flushed(store.history()).await;
        store.close().await;
        // The log is from before the flush, the bucket from after it.
        let store = open_store(died.path(), options("dies")).await;
        assert_eq!(count(&store).await, "[2,2,3.0]");
        flushed(store.history()).await;
        assert_eq!(count(&store).await, "[2,2,3.0]");
    });
}

#[test]
fn damaged_objects_are_set_aside() {
    beside("damaged_objects_are_set_aside", async {
        let folder = tempdir().unwrap();
        let store = open_store(folder.path(), options("damaged")).await;
        for series in 0..4 {
            append(&store, i64::try_from(series).unwrap(), series).await;
            flushed(store.history()).await;
        }
        let files = store.history().files().object_store();
        let parts = names(store.history()).await;
        store.close().await;
        files.put(&Path::from(parts[0].as_str()), PutPayload::new()).await.unwrap();
        files.put(&Path::from(parts[1].as_str()), PutPayload::from_static(b"PAR1 and no more")).await.unwrap();
        drop(store);

        let store = open_store(folder.path(), options("damaged")).await;
        assert_eq!(count(&store).await, "[2,2,3.0]");
        let mut content = files.get(&Path::from(parts[2].as_str())).await.unwrap().bytes().await.unwrap().to_vec();
        content[4..60].fill(0xee);
        files.put(&Path::from(parts[2].as_str()), content.into()).await.unwrap();
        assert_eq!(count(&store).await, "[1,1,1.5]", "what is damaged while it runs is left out of the answer");
        files.delete(&Path::from(parts[3].as_str())).await.unwrap();
        assert_eq!(count(&store).await, "[0,0,null]", "and so is what somebody removed");
        let aside: Vec<_> = parts[..3].iter().map(|part| format!("set-aside/{part}.broken")).collect();
        assert_eq!(names(store.history()).await, aside);
    });
}

#[test]
fn a_bucket_that_is_not_there_is_told() {
    beside("a_bucket_that_is_not_there_is_told", async {
        let folder = tempdir().unwrap();
        let refused = |address: &str| {
            let options = HistoryOptions { address: Some(address.to_owned()), ..HistoryOptions::default() };
            let folder = folder.path().to_owned();
            async move { maru_kernel::Error::from(History::open(&folder, HISTORY, options).await.err().unwrap()) }
        };
        let missing = refused("s3://nowhere/at-all").await;
        assert_eq!((missing.kind, missing.code), (ErrorKind::Unavailable, "MARU-0107"), "{missing}");
        insta::assert_snapshot!(refused("gs://maru/one").await, @"`gs://maru/one` is no place for history: only `s3://bucket/prefix` is known. [MARU-0108] Use a bucket: `s3://bucket/prefix`, or leave it empty.");
        insta::assert_snapshot!(refused("maru").await, @"`maru` is no place for history: only `s3://bucket/prefix` is known. [MARU-0108] Use a bucket: `s3://bucket/prefix`, or leave it empty.");
    });
}
