//! A full disk: a small tmpfs holds the data folder. Mounts it in the namespace of a root, and never fills a disk that anybody else uses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs)]

use maru_tests::{Answer, Maru, now_ms, remote_write, remote_write::Series, until};
use serde_json::json;
use std::{
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// Set for a test that was started again inside of namespaces of its own.
const INSIDE: &str = "TEST_RUNS_INSIDE";
const SOON: Duration = Duration::from_secs(30);
/// Small enough to be filled at once, large enough for what Maru needs to start.
const DISK_MIB: u32 = 24;

/// A disk of a few megabytes.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one. `None` when that took namespaces of its own, in which the test named `test` ran to its end meanwhile.
    fn mount(test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={DISK_MIB}m,mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "maru-test"]).arg(folder.path()).output().expect("`mount` is there");
        if mounted.status.success() {
            return Some(Self { folder });
        }
        let reason = String::from_utf8_lossy(&mounted.stderr).into_owned();
        assert!(env::var_os(INSIDE).is_none(), "not even in a namespace of its own can a tmpfs be mounted: {reason}");
        let mut again = Command::new("unshare");
        again.args(["--user", "--map-root-user", "--mount"]).arg(env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
        let status = again.env(INSIDE, "1").status().expect("`unshare` is there");
        assert!(status.success(), "no tmpfs could be mounted ({}), and in a namespace of its own the test failed", reason.trim());
        None
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
        while ballast.write_all(&[0]).is_ok() {}
    }

    /// Gives it back.
    fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(self.folder.path());
    }
}

/// Lazily: a program that is about to end may still hold a file.
fn unmount(folder: &Path) {
    let _ = Command::new("umount").arg("--lazy").arg(folder).status();
}

/// Sends numbered bodies, and knows which were acknowledged.
struct Sender {
    start_ms: i64,
    acknowledged: i64,
    samples: i64,
}

impl Sender {
    /// Each body holds `samples` samples.
    fn new(samples: i64) -> Self {
        Self { start_ms: now_ms() - 3_600_000, acknowledged: 0, samples }
    }

    /// Sends the next body, the same again until it is acknowledged.
    async fn send(&mut self, maru: &Maru) -> Answer {
        let first = self.acknowledged;
        // Values that do not compress, so that a disk fills.
        let series = (first..first + self.samples).fold(Series::new("numbered"), |series, number| {
            let noise = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            series.sample(self.start_ms + number, number as f64 + noise as f64 / f64::from(1 << 25))
        });
        let answer = Answer::of(maru.write(remote_write::body(&[series])).await.unwrap()).await;
        if answer.status.is_success() {
            self.acknowledged += self.samples;
        }
        answer
    }

    /// What was acknowledged is there, once, and nothing else but at most what was sent last and not acknowledged.
    async fn check(&self, maru: &Maru, when: &str) {
        let sql = "SELECT count(*), count(DISTINCT samples.time), CAST(floor(max(value)) AS BIGINT) FROM samples \
                   JOIN series ON samples.series = series.series WHERE name = 'numbered'";
        let row = maru.sql(sql).await.remove(0);
        let numbers: Vec<_> = row.iter().map(|number| number.as_i64().unwrap()).collect();
        assert_eq!(numbers, [self.acknowledged, self.acknowledged, self.acknowledged - 1], "{when}: count, times, last");
    }

    /// Sends until the disk is full, and checks how that is said.
    async fn send_until_refused(&mut self, maru: &Maru) {
        for _ in 0..10_000 {
            let answer = self.send(maru).await;
            if !answer.status.is_success() {
                is_full(&answer);
                return;
            }
        }
        panic!("the disk never became full");
    }

    async fn send_until_acknowledged(&mut self, maru: &Maru) {
        until("ingest goes on by itself", SOON, async || self.send(maru).await.status.is_success().then_some(())).await;
    }
}

fn is_full(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    let text = answer.body.as_str().unwrap();
    assert!(text.contains("MARU-0103") && text.contains("full"), "it says why: {text}");
    assert!(answer.retry_after().is_some_and(|seconds| seconds >= 1), "{:?}", answer.headers);
}

/// SQL, the series, one of them, the anomalies, the overview and the console.
async fn reads_go_on(maru: &Maru) {
    let series = maru.ask("series.list", json!({"match": "numbered"})).await;
    assert_eq!(series["total"], 1, "{series}");
    maru.ask("series.read", json!({"id": series["series"][0]["id"], "from": "-2h"})).await;
    maru.ask("anomaly.list", json!({})).await;
    maru.ask("watch.overview", json!({})).await;
    maru.ask("table.list", json!({})).await;
    maru.ask("token.list", json!({})).await;
    for path in ["/", "/healthz", "/metrics"] {
        let answer = maru.client().get(format!("{}{path}", maru.url())).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} answered {}", answer.status());
    }
}

#[tokio::test]
async fn a_disk_that_somebody_else_fills_stops_ingest_and_nothing_else() {
    let Some(disk) = SmallDisk::mount("a_disk_that_somebody_else_fills_stops_ingest_and_nothing_else") else { return };
    let mut maru = Maru::setup().data(&disk.data()).env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await;
    let mut sender = Sender::new(100);
    for _ in 0..20 {
        assert!(sender.send(&maru).await.status.is_success());
    }

    disk.fill();
    sender.send_until_refused(&maru).await;
    reads_go_on(&maru).await;
    sender.check(&maru, "while it is full").await;
    let ready = Answer::of(maru.client().get(format!("{}/readyz", maru.url())).send().await.unwrap()).await;
    assert_eq!((ready.status.as_u16(), ready.code()), (503, "MARU-0103"), "it is not ready, and says why");
    let changed = maru.call("token.create", json!({"name": "late", "scope": "read"})).await;
    assert_eq!((changed.status.as_u16(), changed.code()), (503, "MARU-0103"), "what could not be audited is not done: {}", changed.body);
    for _ in 0..50 {
        let again = sender.send(&maru).await;
        is_full(&again);
    }

    disk.free();
    sender.send_until_acknowledged(&maru).await;
    for _ in 0..20 {
        assert!(sender.send(&maru).await.status.is_success());
    }
    let ready = maru.client().get(format!("{}/readyz", maru.url())).send().await.unwrap();
    assert!(ready.status().is_success(), "it is ready again");
    sender.check(&maru, "after room was made").await;
    assert!(maru.call("token.create", json!({"name": "late", "scope": "read"})).await.status.is_success());

    maru.kill9_and_start_again().await;
    sender.check(&maru, "after a kill").await;
    sender.send_until_acknowledged(&maru).await;
    sender.check(&maru, "after a kill, and more").await;
}

#[tokio::test]
async fn a_kill_while_the_disk_is_full_loses_nothing() {
    let Some(disk) = SmallDisk::mount("a_kill_while_the_disk_is_full_loses_nothing") else { return };
    let mut maru = Maru::setup().data(&disk.data()).env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await;
    let mut sender = Sender::new(100);
    for _ in 0..20 {
        assert!(sender.send(&maru).await.status.is_success());
    }
    disk.fill();
    sender.send_until_refused(&maru).await;

    // On a full disk it starts all the same, so that people can look at what there is.
    maru.kill9();
    maru.launch();
    maru.serving().await;
    sender.check(&maru, "after a kill on a full disk").await;
    reads_go_on(&maru).await;
    sender.send_until_refused(&maru).await;
    maru.kill9();

    disk.free();
    maru.start_again().await;
    sender.check(&maru, "after a second kill").await;
    sender.send_until_acknowledged(&maru).await;
    sender.check(&maru, "after room was made").await;
}

#[tokio::test]
async fn a_disk_that_ingest_itself_fills_loses_nothing() {
    let Some(disk) = SmallDisk::mount("a_disk_that_ingest_itself_fills_loses_nothing") else { return };
    let mut maru = Maru::setup().data(&disk.data()).env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await;
    // A file to make room with.
    File::create(disk.ballast()).unwrap().write_all(&vec![0; 12 << 20]).unwrap();
    let mut sender = Sender::new(5_000);
    sender.send_until_refused(&maru).await;
    sender.check(&maru, "while it is full").await;
    reads_go_on(&maru).await;
    // What waits cannot be moved from the log to parts, and stays where it is.
    let log_is_kept = || fs::read_dir(maru.data().join("log")).unwrap().any(|file| file.unwrap().metadata().unwrap().len() > 0);
    assert!(log_is_kept());

    disk.free();
    sender.send_until_acknowledged(&maru).await;
    sender.check(&maru, "after room was made").await;
    maru.kill9_and_start_again().await;
    sender.check(&maru, "after a kill").await;
}
