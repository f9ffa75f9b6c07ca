//! Damage to the files of the data folder: Maru starts, says what it found, sets it aside and serves the rest, however often it is
//! started. Damages files only while nothing runs, and never expects of a damaged record more than that it is missed and reported.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs)]

use maru_tests::{Maru, now_ms, remote_write, remote_write::Series, until};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const SOON: Duration = Duration::from_secs(30);
/// Bodies that each test sends, one record of the log each.
const BODIES: i64 = 10;
/// Samples in each.
const SAMPLES: i64 = 50;

/// A program that has taken in [`BODIES`] bodies, and was killed.
struct Found {
    maru: Maru,
    start_ms: i64,
}

impl Found {
    /// All records are still in the log.
    async fn with_log() -> Self {
        let mut found = Self { maru: Maru::setup().up().await, start_ms: now_ms() - 3_600_000 };
        for body in 0..BODIES {
            found.send(body).await;
        }
        found.maru.kill9();
        found
    }

    /// All records are in parts, several of each table.
    async fn with_parts() -> Self {
        let mut found = Self { maru: Maru::setup().env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await, start_ms: now_ms() - 3_600_000 };
        for body in 0..BODIES {
            found.send(body).await;
            if body % 4 == 1 {
                found.flushed().await;
            }
        }
        found.flushed().await;
        found.maru.kill9();
        found
    }

    /// Body number `body`: the first samples of a new series, so that each body adds to both tables.
    async fn send(&self, body: i64) {
        let series = (0..SAMPLES).fold(Series::new("kept").label("body", &body.to_string()), |series, number| {
            series.sample(self.start_ms + number * 1_000, (body * SAMPLES + number) as f64)
        });
        let response = self.maru.write(remote_write::body(&[series])).await.unwrap();
        assert!(response.status().is_success(), "body {body} was answered {}: {:?}", response.status(), response.text().await);
    }

    async fn flushed(&self) {
        until("the log became parts", SOON, async || {
            let log = files(&self.maru.data().join("log"));
            log.iter().all(|file| fs::metadata(file).is_ok_and(|file| file.len() == 0)).then_some(())
        })
        .await;
    }

    /// Which bodies are there whole. One that is there in part fails the test.
    async fn bodies(&self) -> Vec<i64> {
        let sql = format!(
            "SELECT CAST(floor(value / {SAMPLES}) AS BIGINT) AS body, count(*), count(DISTINCT value) FROM samples WHERE value >= 0 GROUP BY 1 ORDER BY 1"
        );
        let rows = self.maru.sql(&sql).await;
        rows.iter()
            .map(|row| {
                assert_eq!((&row[1], &row[2]), (&json!(SAMPLES), &json!(SAMPLES)), "body {} is there in part", row[0]);
                row[0].as_i64().unwrap()
            })
            .collect()
    }

    /// Starts, and expects all bodies but `lost`; the log tells of damage with `word`. Starts twice more, and expects the same.
    async fn serves_all_but(&mut self, lost: &[i64], word: &str) {
        let rest: Vec<i64> = (0..BODIES).filter(|body| !lost.contains(body)).collect();
        let said = self.maru.log().len();
        self.maru.start_again().await;
        assert_eq!(self.bodies().await, rest);
        let log = self.maru.log()[said..].to_owned();
        assert!(log.lines().any(|line| line.contains("ERROR") && line.contains(word)), "the log says nothing of `{word}`: {log}");
        self.maru.kill9_and_start_again().await;
        assert_eq!(self.bodies().await, rest, "after a kill");
        self.maru.restart().await;
        assert_eq!(self.bodies().await, rest, "after a restart");
    }

    /// A sender that still has the lost bodies sends them again, and all is as it was.
    async fn takes_again(&self, lost: &[i64]) {
        for body in lost {
            self.send(*body).await;
        }
        assert_eq!(self.bodies().await, (0..BODIES).collect::<Vec<_>>());
        self.send(BODIES).await;
        assert_eq!(self.bodies().await.len(), 1 + usize::try_from(BODIES).unwrap());
    }

    /// The only file of the log that holds anything.
    fn segment(&self) -> PathBuf {
        let mut segments = files(&self.maru.data().join("log"));
        segments.retain(|file| file.extension().is_some_and(|extension| extension == "log") && fs::metadata(file).unwrap().len() > 0);
        assert_eq!(segments.len(), 1, "{segments:?}");
        segments.remove(0)
    }

    /// The parts of `table`.
    fn parts(&self, table: &str) -> Vec<PathBuf> {
        let parts = files(&self.maru.data().join("history").join(table));
        assert!(!parts.is_empty(), "no part of {table} was written");
        parts
    }

    fn set_aside(&self, folder: &str) -> usize {
        files(&self.maru.data().join(folder).join("set-aside")).len()
    }
}

/// Every file below `folder`, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found.sort();
    found
}

/// Where each record of a segment starts. A record is `length: u32 | crc: u32 | payload` behind eight bytes that name the format.
fn records(bytes: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        starts.push(at);
        at += 8 + u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    }
    starts
}

/// Where the record is that holds the samples of `body`.
fn record_of(bytes: &[u8], body: i64) -> std::ops::Range<usize> {
    let starts = records(bytes);
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let first = ((body * SAMPLES + 1) as f64).to_le_bytes();
    let holds = |range: &std::ops::Range<usize>| bytes[range.clone()].windows(8).any(|window| window == first);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).find(holds).expect("the body is in the log")
}

#[tokio::test]
async fn a_torn_tail_of_the_log_costs_what_was_torn() {
    let mut found = Found::with_log().await;
    let segment = found.segment();
    let bytes = fs::read(&segment).unwrap();
    let torn = record_of(&bytes, BODIES - 1);
    fs::write(&segment, &bytes[..torn.end - 7]).unwrap();
    found.serves_all_but(&[BODIES - 1], "torn").await;
    assert!(found.set_aside("log") > 0, "a copy is kept");
    found.takes_again(&[BODIES - 1]).await;
}

#[tokio::test]
async fn a_flipped_bit_in_the_log_costs_one_record() {
    let mut found = Found::with_log().await;
    let segment = found.segment();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = record_of(&bytes, 4);
    bytes[(middle.start + middle.end) / 2] ^= 0x10;
    fs::write(&segment, &bytes).unwrap();
    found.serves_all_but(&[4], "damaged").await;
    assert!(found.set_aside("log") > 0, "a copy is kept");
    found.takes_again(&[4]).await;
}

#[tokio::test]
async fn a_log_that_is_no_log_is_set_aside() {
    let mut found = Found::with_log().await;
    let segment = found.segment();
    fs::write(&segment, b"This was a log once, and then somebody's editor got hold of it.").unwrap();
    let all: Vec<i64> = (0..BODIES).collect();
    found.serves_all_but(&all, "damaged").await;
    found.takes_again(&all).await;
}

#[tokio::test]
async fn a_part_without_an_end_is_set_aside() {
    let mut found = Found::with_parts().await;
    let part = found.parts("samples").remove(0);
    let bytes = fs::read(&part).unwrap();
    fs::write(&part, &bytes[..bytes.len() - 100]).unwrap();
    // The first part holds the first two bodies.
    found.serves_all_but(&[0, 1], "set aside").await;
    assert_eq!(found.set_aside("history"), 1);
}

#[tokio::test]
async fn a_part_that_is_empty_is_set_aside() {
    let mut found = Found::with_parts().await;
    let part = found.parts("samples").remove(0);
    fs::write(&part, b"").unwrap();
    found.serves_all_but(&[0, 1], "set aside").await;
    assert_eq!(found.set_aside("history"), 1);
}

#[tokio::test]
async fn a_part_with_damaged_pages_is_set_aside_when_it_is_read() {
    let mut found = Found::with_parts().await;
    let part = found.parts("samples").remove(0);
    let mut bytes = fs::read(&part).unwrap();
    // The end, which tells what is in the file, stays whole.
    let pages = bytes.len() / 3;
    bytes[4..pages].fill(0xA5);
    fs::write(&part, &bytes).unwrap();
    found.serves_all_but(&[0, 1], "set aside").await;
    assert_eq!(found.set_aside("history"), 1);
}

#[tokio::test]
async fn a_damaged_part_of_the_series_costs_names_and_no_samples() {
    let mut found = Found::with_parts().await;
    let part = found.parts("series").remove(0);
    let mut bytes = fs::read(&part).unwrap();
    let pages = bytes.len() / 2;
    bytes[4..pages].fill(0xA5);
    fs::write(&part, &bytes).unwrap();
    found.serves_all_but(&[], "set aside").await;
    let series = found.maru.ask("series.list", json!({"match": "kept"})).await;
    assert_eq!(series["total"], BODIES - 2, "{series}");
    found.send(BODIES).await;
}

#[tokio::test]
async fn whatever_is_wrong_with_parts_it_starts_and_answers() {
    let mut found = Found::with_parts().await;
    let mut seed = 0x5eed_u64;
    for round in 0..12 {
        for table in ["samples", "series", "audit"] {
            let parts = files(&found.maru.data().join("history").join(table));
            let Some(part) = parts.get(round % parts.len().max(1)) else { continue };
            let mut bytes = fs::read(part).unwrap();
            for _ in 0..=round {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 33).unwrap() % bytes.len();
                bytes[at] ^= 1 << (seed % 8);
            }
            fs::write(part, &bytes).unwrap();
        }
        found.maru.start_again().await;
        found.maru.sql("SELECT series, time, value FROM samples").await;
        found.maru.sql("SELECT * FROM series").await;
        found.maru.sql("SELECT * FROM audit").await;
        found.send(BODIES + i64::try_from(round).unwrap()).await;
        found.flushed().await;
        found.maru.kill9();
    }
}

#[tokio::test]
async fn what_else_lies_in_the_folder_may_be_damaged_too() {
    let mut found = Found::with_parts().await;
    found.maru.start_again().await;
    assert!(found.maru.stop().await.success());
    let data = found.maru.data().to_owned();
    let checkpoint = data.join("bands.checkpoint");
    let mut bytes = fs::read(&checkpoint).expect("a clean end keeps the bands' state");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&checkpoint, bytes).unwrap();
    fs::write(data.join("endpoint.json"), b"{").unwrap();
    fs::write(data.join("log/0000000007.log.tmp"), b"half").unwrap();
    fs::write(data.join("log/notes.txt"), b"mine").unwrap();
    fs::write(data.join("history/samples/notes.txt"), b"mine").unwrap();
    found.serves_all_but(&[], "the bands' state is damaged").await;
    assert_eq!(fs::read(data.join("history/samples/notes.txt")).unwrap(), b"mine", "what is not Maru's is left alone");
}
