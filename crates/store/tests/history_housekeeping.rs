//! Parts are merged, let go of and set aside while others read and write; and what waits is bounded.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{
    DAY, HISTORY, LINES, MARCH, Row, SAMPLES, TABLES, batch, files_below, flushed, line_batch, migrations, open, opened, overwrite, read,
    row, sorted, stored,
};
use jiff::Timestamp;
use maru_kernel::{Figures, ManualClock};
use maru_store::{DataFolder, History, HistoryOptions, Store, StoreError, StoreOptions};
use std::{collections::BTreeMap, future::Future, path::Path, sync::Arc, task::Poll, time::Duration};
use tempfile::tempdir;
use tokio_util::sync::CancellationToken;

async fn append(history: &History, rows: &[Row]) -> Result<(), StoreError> {
    history.append(vec![(SAMPLES.name, batch(rows))]).await
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_millisecond(MARCH + number * DAY).unwrap()
}

fn parts(folder: &Path) -> Vec<String> {
    files_below(&folder.join("history"))
}

#[tokio::test]
async fn small_parts_of_a_day_become_one() {
    let folder = tempdir().unwrap();
    let history = opened(folder.path(), HistoryOptions { merge_at: 4, ..HistoryOptions::default() }).await.unwrap();
    let mut rows = Vec::new();
    for at in 0..4 {
        let some: Vec<_> = (0..50).map(|series| row(series * 7 % 13, MARCH + at * 1_000 + i64::from(series == 3) * DAY, 0.5)).collect();
        append(&history, &some).await.unwrap();
        rows.extend(some);
        flushed(&history).await;
    }
    assert_eq!(history.table_figures(SAMPLES.name).parts, 8);
    history.tidy(day(1)).await.unwrap();
    assert_eq!(
        parts(folder.path()),
        ["samples/day=2026-03-01/0000000001-0000000004.parquet", "samples/day=2026-03-02/0000000001-0000000004.parquet"]
    );
    assert_eq!(stored(&history, folder.path()), sorted(&rows));
    let before = parts(folder.path()).iter().map(|part| read(&folder.path().join("history").join(part))).collect::<Vec<_>>();
    history.tidy(day(1)).await.unwrap();
    assert_eq!(
        before,
        parts(folder.path()).iter().map(|part| read(&folder.path().join("history").join(part))).collect::<Vec<_>>(),
        "nothing is left to do"
    );
}

#[tokio::test]
async fn a_single_row_is_not_merged_with_itself() {
    let folder = tempdir().unwrap();
    let history = opened(folder.path(), HistoryOptions { merge_at: 0, ..HistoryOptions::default() }).await.unwrap();
    append(&history, &[row(1, MARCH, 1.0)]).await.unwrap();
    flushed(&history).await;
    for _ in 0..3 {
        tokio::time::timeout(Duration::from_secs(10), history.tidy(day(0))).await.expect("it ends").unwrap();
    }
    assert_eq!(stored(&history, folder.path()), [row(1, MARCH, 1.0)]);
    assert_eq!(parts(folder.path()).len(), 1);
}

#[tokio::test]
async fn tasks_that_keep_house_at_once_do_not_harm_each_other() {
    let folder = tempdir().unwrap();
    let history = Arc::new(opened(folder.path(), HistoryOptions { merge_at: 2, ..HistoryOptions::default() }).await.unwrap());
    let mut rows = Vec::new();
    for at in 0..12 {
        let row = row(1, MARCH + at, 1.0);
        append(&history, &[row]).await.unwrap();
        rows.push(row);
        history.seal().await.unwrap();
        tokio::join!(
            async { history.flush().await.unwrap() },
            async { history.flush().await.unwrap() },
            async { history.tidy(day(0)).await.unwrap() },
            async { history.tidy(day(0)).await.unwrap() },
        );
    }
    flushed(&history).await;
    history.tidy(day(0)).await.unwrap();
    assert_eq!(stored(&history, folder.path()), rows);
    assert!(parts(folder.path()).len() < 5, "{:?}", parts(folder.path()));
}

#[tokio::test]
async fn old_days_are_let_go_of_when_nobody_reads_them() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let rows: Vec<_> = (0..40).map(|day| row(1, MARCH + day * DAY, 1.0)).collect();
    append(&history, &rows).await.unwrap();
    history.append(vec![(LINES.name, line_batch(MARCH - 5_000 * DAY, &[Some("kept for good")]))]).await.unwrap();
    flushed(&history).await;

    let reader = history.snapshot(SAMPLES.name);
    // Samples are kept for 30 days and the one that is not over.
    history.tidy(day(39)).await.unwrap();
    assert_eq!(stored(&history, folder.path()), rows[9..]);
    assert!(reader.parts.iter().all(|part| folder.path().join("history").join(part.path().as_ref()).exists()), "a reader keeps its files");
    drop(reader);
    history.tidy(day(39)).await.unwrap();
    assert_eq!(parts(folder.path()).iter().filter(|part| part.starts_with("samples/")).count(), 31);
    assert_eq!(history.table_figures(LINES.name).rows, 1);

    // What comes late comes too late.
    append(&history, &rows[..2]).await.unwrap();
    flushed(&history).await;
    history.tidy(day(39)).await.unwrap();
    assert_eq!(stored(&history, folder.path()), rows[9..]);
    history.close().await;

    let retention_days = BTreeMap::from([(SAMPLES.name.to_owned(), 2), (LINES.name.to_owned(), 0)]);
    let history = opened(folder.path(), HistoryOptions { retention_days, ..HistoryOptions::default() }).await.unwrap();
    history.tidy(day(39)).await.unwrap();
    assert_eq!(stored(&history, folder.path()), rows[37..], "the configuration has the last word");
    assert_eq!(history.table_figures(LINES.name).rows, 0);
    assert_eq!(parts(folder.path()).len(), 3);
}

#[tokio::test]
async fn a_part_that_cannot_be_merged_is_set_aside() {
    let folder = tempdir().unwrap();
    let history = opened(folder.path(), HistoryOptions { merge_at: 2, ..HistoryOptions::default() }).await.unwrap();
    let rows: Vec<_> = (0..3).map(|at| row(1, MARCH + at, 1.0)).collect();
    for row in &rows {
        append(&history, &[*row]).await.unwrap();
        flushed(&history).await;
    }
    let damaged = parts(folder.path())[1].clone();
    let path = folder.path().join("history").join(&damaged);
    let mut content = read(&path);
    content[4..60].fill(0xee);
    overwrite(&path, &content);
    history.tidy(day(0)).await.unwrap();
    assert_eq!(stored(&history, folder.path()), [rows[0], rows[2]]);
    assert_eq!(
        parts(folder.path()),
        ["samples/day=2026-03-01/0000000001-0000000003.parquet".to_owned(), format!("set-aside/{damaged}.broken")]
    );
    assert_eq!(read(&folder.path().join("history/set-aside").join(format!("{damaged}.broken"))), content);
}

#[tokio::test]
async fn fifty_at_once_are_all_kept() {
    let folder = tempdir().unwrap();
    let history = Arc::new(opened(folder.path(), HistoryOptions { segment_bytes: 20_000, ..HistoryOptions::default() }).await.unwrap());
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            let history = history.clone();
            tokio::spawn(async move {
                for at in 0..5 {
                    append(&history, &[row(task, MARCH + at, 1.0)]).await.unwrap();
                    if at == 2 {
                        history.flush().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let expected: Vec<_> = (0..50).flat_map(|task| (0..5).map(move |at| row(task, MARCH + at, 1.0))).collect();
    assert_eq!(stored(&history, folder.path()), sorted(&expected));
    history.close().await;
    let history = open(folder.path()).await;
    assert_eq!(stored(&history, folder.path()), sorted(&expected));
}

#[tokio::test]
async fn too_much_at_once_is_refused_until_some_of_it_is_written() {
    let folder = tempdir().unwrap();
    let history = opened(folder.path(), HistoryOptions { waiting_limit_bytes: 5_000, ..HistoryOptions::default() }).await.unwrap();
    let some: Vec<_> = (0..100).map(|at| row(1, MARCH + at, 1.0)).collect();
    append(&history, &some).await.unwrap();
    append(&history, &some).await.unwrap();
    let refused = append(&history, &some).await.unwrap_err();
    insta::assert_snapshot!(refused, @"4800 bytes wait to be written, and 5000 are allowed");
    insta::assert_snapshot!(maru_kernel::Error::from(refused), @"4800 bytes wait to be written, and 5000 are allowed. [MARU-0104] Send again a little later.");
    assert_eq!(stored(&history, folder.path()).len(), 200, "what was refused is not there");
    history.ready().unwrap();
    flushed(&history).await;
    append(&history, &some).await.unwrap();
    assert_eq!(waiting_bytes(&history), 2_400.0);
    flushed(&history).await;
    assert_eq!(waiting_bytes(&history), 0.0);

    // One that is larger than all that may wait is taken when it is alone.
    let many: Vec<_> = (0..1_000).map(|at| row(1, MARCH + at, 1.0)).collect();
    append(&history, &many).await.unwrap();
    assert!(matches!(append(&history, &some).await, Err(StoreError::Overloaded { .. })));

    // After a restart that still waits, and still counts.
    history.close().await;
    let history = opened(folder.path(), HistoryOptions { waiting_limit_bytes: 5_000, ..HistoryOptions::default() }).await.unwrap();
    assert!(matches!(append(&history, &some).await, Err(StoreError::Overloaded { .. })));
    flushed(&history).await;
    append(&history, &some).await.unwrap();
}

fn waiting_bytes(history: &History) -> f64 {
    history.figures().iter().find(|figure| figure.name == "maru_history_waiting_bytes").unwrap().value
}

#[tokio::test]
async fn callers_that_go_away_leave_no_room_taken() {
    let folder = tempdir().unwrap();
    let history = opened(folder.path(), HistoryOptions { waiting_limit_bytes: 100_000, ..HistoryOptions::default() }).await.unwrap();
    let some: Vec<_> = (0..10).map(|at| row(1, MARCH + at, 1.0)).collect();
    for _ in 0..2_000 {
        let mut going = Box::pin(append(&history, &some));
        // Started, and dropped wherever it stands.
        let _ = std::future::poll_fn(|context| Poll::Ready(going.as_mut().poll(context).is_ready())).await;
    }
    flushed(&history).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    flushed(&history).await;
    assert_eq!(waiting_bytes(&history), 0.0);
    append(&history, &some).await.unwrap();
}

#[tokio::test]
async fn records_that_do_not_fit_are_refused_before_they_are_written() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let refused = history.append(vec![("nothing", batch(&[row(1, MARCH, 1.0)]))]).await.unwrap_err();
    insta::assert_snapshot!(refused, @"there is no history table `nothing`");
    let refused =
        history.append(vec![(SAMPLES.name, batch(&[row(1, MARCH, 1.0)])), (LINES.name, batch(&[row(1, MARCH, 1.0)]))]).await.unwrap_err();
    insta::assert_snapshot!(refused, @"records do not fit: Schema error: `lines` has other columns than series, time, value");
    append(&history, &[]).await.unwrap();
    history.append(Vec::new()).await.unwrap();
    assert_eq!(files_below(folder.path()), [""; 0], "nothing was written");
}

#[tokio::test]
async fn a_closed_history_refuses() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    append(&history, &[row(1, MARCH, 1.0)]).await.unwrap();
    history.close().await;
    assert!(matches!(append(&history, &[row(1, MARCH, 1.0)]).await, Err(StoreError::Closed)));
    assert!(matches!(history.seal().await, Err(StoreError::Closed)));
    assert_eq!(stored(&history, folder.path()).len(), 1, "what is there can still be read");
    history.close().await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_got_over() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let (first, second) = ([row(1, MARCH, 1.0)], [row(2, MARCH, 2.0)]);
    // Everything that is written to this device finds no room.
    std::os::unix::fs::symlink("/dev/full", folder.path().join("log/0000000001.log")).unwrap();
    let refused = append(&history, &first).await.unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull), "{refused}");
    assert!(matches!(history.ready(), Err(StoreError::DiskFull)));
    insta::assert_snapshot!(maru_kernel::Error::from(refused), @"The disk that holds the data folder is full. [MARU-0103] Free some space: writing goes on by itself, and nothing that was acknowledged is lost.");
    assert_eq!(stored(&history, folder.path()), []);

    append(&history, &first).await.unwrap();
    history.ready().unwrap();

    let day = folder.path().join("history/samples/day=2026-03-01");
    std::fs::create_dir_all(&day).unwrap();
    std::os::unix::fs::symlink("/dev/full", day.join("0000000001-0000000001.unfinished")).unwrap();
    history.seal().await.unwrap();
    history.segment_sealed().await;
    assert!(matches!(history.flush().await, Err(StoreError::DiskFull)));
    assert_eq!(stored(&history, folder.path()), first, "reads go on");
    append(&history, &second).await.unwrap();
    flushed(&history).await;
    assert_eq!(stored(&history, folder.path()), [first, second].concat());
    assert_eq!(waiting_bytes(&history), 0.0);
}

#[tokio::test]
async fn a_log_that_cannot_be_reached_refuses_and_goes_on_later() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let (log, elsewhere) = (folder.path().join("log"), folder.path().join("elsewhere"));
    move_folder(&log, &elsewhere);
    assert!(matches!(append(&history, &[row(1, MARCH, 1.0)]).await, Err(StoreError::Log(_))));
    move_folder(&elsewhere, &log);
    append(&history, &[row(2, MARCH, 1.0)]).await.unwrap();
    history.close().await;
    let history = open(folder.path()).await;
    assert_eq!(stored(&history, folder.path()), [row(2, MARCH, 1.0)]);
}

#[expect(clippy::disallowed_methods, reason = "tests do to files what the store forbids everybody")]
fn move_folder(from: &Path, to: &Path) {
    std::fs::rename(from, to).unwrap();
}

#[tokio::test]
async fn a_folder_that_is_in_use_is_refused() {
    let folder = tempdir().unwrap();
    let open = || Store::open(folder.path(), StoreOptions::default(), TABLES, migrations, Arc::new(ManualClock::at(day(0))));
    let first = open().await.unwrap();
    let refused = open().await.err().unwrap();
    let told = refused.to_string().replace(&folder.path().display().to_string(), "DIR").replace(&std::process::id().to_string(), "PID");
    insta::assert_snapshot!(told, @"The data folder `DIR` is in use by another Maru (process PID). [MARU-0101] Stop the other one, or choose another folder with `--data`.");
    first.close().await;
    drop(first);
    open().await.unwrap().close().await;
    assert!(matches!(DataFolder::open("/dev/null/nothing"), Err(StoreError::Folder { .. })));
}

#[tokio::test]
async fn the_house_is_kept_until_it_is_told_to_stop() {
    let folder = tempdir().unwrap();
    let history = HistoryOptions { flush_every: Duration::from_millis(20), merge_at: 2, ..HistoryOptions::default() };
    let left = open(folder.path()).await;
    append(&left, &[row(1, MARCH, 1.0)]).await.unwrap();
    left.close().await;

    let options = StoreOptions { history, ..StoreOptions::default() };
    let store = Arc::new(Store::open(folder.path(), options, TABLES, migrations, Arc::new(ManualClock::at(day(0)))).await.unwrap());
    let shutdown = CancellationToken::new();
    let keeping = tokio::spawn({
        let (store, shutdown) = (store.clone(), shutdown.clone());
        async move { store.keep_house(shutdown).await }
    });
    until(|| parts(folder.path()).len() == 1, "what was left in the log is written right away").await;
    append(store.history(), &[row(2, MARCH, 1.0)]).await.unwrap();
    until(|| store.history().table_figures(SAMPLES.name).parts == 2 && waiting_bytes(store.history()) == 0.0, "new records follow").await;
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), keeping).await.expect("it stops").unwrap();
    store.close().await;
}

async fn until(done: impl Fn() -> bool, what: &str) {
    let patience = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), patience).await.expect(what);
}

#[tokio::test]
async fn what_came_since_a_segment_can_be_read_again() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    append(&history, &[row(1, MARCH, 1.0)]).await.unwrap();
    flushed(&history).await;
    let since = history.next_segment();
    append(&history, &[row(2, MARCH, 1.0)]).await.unwrap();
    flushed(&history).await;
    append(&history, &[row(3, MARCH, 1.0)]).await.unwrap();
    let mut rows = 0;
    history.scan_since(SAMPLES.name, since, |batch| rows += batch.num_rows()).await.unwrap();
    assert_eq!(rows, 2);
    assert_eq!(HISTORY.len(), history.tables().count());
}
