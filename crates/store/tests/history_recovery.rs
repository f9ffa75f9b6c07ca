//! What was acknowledged is there after a restart, exactly once, whatever happened to the process and to the files in between.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{
    DAY, FACTS, LINES, MARCH, Row, SAMPLES, batch, copy_folder, files_below, flushed, line_batch, open, opened, overwrite, read, remove,
    row, sorted, stored,
};
use maru_kernel::{Column, ColumnType, Table};
use maru_store::{History, HistoryOptions};
use proptest::prelude::*;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const FIRST_SEGMENT: &str = "log/0000000001.log";

fn minutes(count: i64) -> Vec<Row> {
    (0..count).map(|minute| row(7, MARCH + minute * 60_000, minute as f64)).collect()
}

async fn append(history: &History, rows: &[Row]) {
    history.append(vec![(SAMPLES.name, batch(rows))]).await.unwrap();
}

fn parts(folder: &Path) -> Vec<String> {
    files_below(&folder.join("history"))
}

/// What a new process finds in a copy of `folder`, before and after it flushed everything, and once more after another restart.
async fn survives(folder: &Path, expected: &[Row]) {
    let copy = tempdir().unwrap();
    copy_folder(folder, copy.path());
    let options = || HistoryOptions { retention_days: [(SAMPLES.name.to_owned(), u32::MAX)].into(), ..HistoryOptions::default() };
    let history = opened(copy.path(), options()).await.unwrap();
    assert_eq!(stored(&history, copy.path()), sorted(expected), "right after the start");
    flushed(&history).await;
    assert_eq!(stored(&history, copy.path()), sorted(expected), "after a flush");
    history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
    history.close().await;
    let history = opened(copy.path(), options()).await.unwrap();
    assert_eq!(stored(&history, copy.path()), sorted(expected), "after the next start");
    let log = copy.path().join("log");
    let left: Vec<_> =
        files_below(&log).into_iter().filter(|file| !file.starts_with("set-aside/")).map(|file| read(&log.join(file)).len()).collect();
    assert!(left.iter().all(|length| *length == 0) && left.len() <= 1, "the log is empty but for the newest name: {left:?}");
}

#[tokio::test]
async fn records_become_parts_with_telling_names() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    append(&history, &minutes(10)).await;
    assert_eq!(stored(&history, folder.path()), minutes(10));
    assert!(history.snapshot(SAMPLES.name).parts.is_empty());
    assert_eq!(files_below(folder.path()), [FIRST_SEGMENT]);

    flushed(&history).await;
    assert_eq!(stored(&history, folder.path()), minutes(10));
    assert_eq!(parts(folder.path()), ["samples/day=2026-03-01/0000000001-0000000001.parquet"]);
    assert_eq!(read(&folder.path().join(FIRST_SEGMENT)), b"");
    let figures = history.table_figures(SAMPLES.name);
    assert_eq!((figures.rows, figures.parts), (10, 1));

    history.close().await;
    let history = open(folder.path()).await;
    assert_eq!(stored(&history, folder.path()), minutes(10));
    append(&history, &[row(8, MARCH, 1.0)]).await;
    flushed(&history).await;
    assert_eq!(
        parts(folder.path()),
        ["samples/day=2026-03-01/0000000001-0000000001.parquet", "samples/day=2026-03-01/0000000002-0000000002.parquet"]
    );
    assert_eq!(files_below(&folder.path().join("log")), ["0000000002.log"]);
}

#[tokio::test]
async fn a_number_is_never_given_twice() {
    let folder = tempdir().unwrap();
    let long_ago = [row(1, MARCH - 400 * DAY, 1.0)];
    for expected in 1..4 {
        let history = open(folder.path()).await;
        assert_eq!(history.next_segment(), expected);
        append(&history, &long_ago).await;
        flushed(&history).await;
        history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
        assert_eq!(parts(folder.path()), [""; 0], "nothing is left that says how far the numbers went");
        assert_eq!(history.next_segment(), expected + 1);
        history.close().await;
    }
}

#[tokio::test]
async fn an_append_with_rows_of_several_days_makes_a_part_per_day() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let rows: Vec<_> = [0, -3, 1, -3, 0].iter().zip(0..).map(|(day, at)| row(at, MARCH + day * DAY + 5, 1.0)).collect();
    append(&history, &rows).await;
    flushed(&history).await;
    assert_eq!(
        parts(folder.path()),
        [
            "samples/day=2026-02-26/0000000001-0000000001.parquet",
            "samples/day=2026-03-01/0000000001-0000000001.parquet",
            "samples/day=2026-03-02/0000000001-0000000001.parquet",
        ]
    );
    assert_eq!(stored(&history, folder.path()), sorted(&rows));
    history.close().await;
    survives(folder.path(), &rows).await;
}

#[tokio::test]
async fn moments_from_another_age_are_kept_as_they_are() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let times = [i64::MIN, i64::MIN + 1, -1, 0, 1, 300_000_000_000_000, 300_000_000_000_000 + DAY, i64::MAX - 1, i64::MAX];
    let rows: Vec<_> = times.iter().map(|time| row(1, *time, 1.0)).collect();
    append(&history, &rows).await;
    flushed(&history).await;
    assert_eq!(stored(&history, folder.path()), sorted(&rows));
    history.close().await;
    survives(folder.path(), &rows).await;
}

#[tokio::test]
async fn values_that_are_no_numbers_are_kept_bit_by_bit() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let stale = f64::from_bits(0x7ff0_0000_0000_0002);
    let rows: Vec<_> = [f64::NAN, stale, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MIN_POSITIVE / 2.0]
        .iter()
        .map(|value| row(u64::MAX, MARCH, *value))
        .collect();
    append(&history, &rows).await;
    history.close().await;
    survives(folder.path(), &rows).await;
}

#[tokio::test]
async fn a_process_that_dies_after_the_acknowledgement_loses_nothing() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    for row in minutes(5) {
        append(&history, &[row]).await;
    }
    // Nobody closed anything: this is what `kill -9` leaves.
    survives(folder.path(), &minutes(5)).await;
}

#[tokio::test]
async fn a_process_that_dies_between_the_parts_and_the_log_counts_nothing_twice() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let rows: Vec<_> = minutes(5).into_iter().chain([row(1, MARCH - DAY, 2.0), row(1, MARCH + DAY, 3.0)]).collect();
    append(&history, &rows).await;
    let segment = read(&folder.path().join(FIRST_SEGMENT));
    flushed(&history).await;
    history.close().await;
    overwrite(&folder.path().join(FIRST_SEGMENT), &segment);
    survives(folder.path(), &rows).await;

    // It died when only some of the days had been written.
    for part in parts(folder.path()) {
        let copy = tempdir().unwrap();
        copy_folder(folder.path(), copy.path());
        remove(&copy.path().join("history").join(part));
        survives(copy.path(), &rows).await;
    }
}

#[tokio::test]
async fn a_process_that_dies_while_it_merges_counts_nothing_twice() {
    let folder = tempdir().unwrap();
    let options = HistoryOptions { merge_at: 3, ..HistoryOptions::default() };
    let history = opened(folder.path(), options).await.unwrap();
    for row in minutes(6) {
        append(&history, &[row]).await;
        flushed(&history).await;
    }
    let before = tempdir().unwrap();
    copy_folder(folder.path(), before.path());
    let held = history.snapshot(SAMPLES.name);
    history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
    // The snapshot keeps the old files: merged and unmerged are both there, as if it had died before it deleted them.
    assert!(parts(folder.path()).len() > held.parts.len());
    survives(folder.path(), &minutes(6)).await;
    drop(held);
    history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
    survives(folder.path(), &minutes(6)).await;
    // It died while it deleted: any of the old files may be left.
    for file in parts(before.path()) {
        let copy = tempdir().unwrap();
        copy_folder(folder.path(), copy.path());
        overwrite(&copy.path().join("history").join(&file), &read(&before.path().join("history").join(&file)));
        survives(copy.path(), &minutes(6)).await;
    }
}

#[tokio::test]
async fn a_file_that_was_being_written_is_cleared_away() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    append(&history, &minutes(3)).await;
    flushed(&history).await;
    history.close().await;
    overwrite(&folder.path().join("history/samples/day=2026-03-01/0000000001-0000000004.unfinished"), b"half a file");
    let history = open(folder.path()).await;
    assert_eq!(stored(&history, folder.path()), minutes(3));
    assert_eq!(parts(folder.path()), ["samples/day=2026-03-01/0000000001-0000000001.parquet"]);
}

/// A folder whose log has five records, and where the last of them begins and ends.
async fn five_records() -> (TempDir, usize, usize) {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let log = folder.path().join(FIRST_SEGMENT);
    let mut start = 0;
    for row in minutes(5) {
        start = read_or_empty(&log);
        append(&history, &[row]).await;
    }
    history.close().await;
    (folder, start, read_or_empty(&log))
}

fn read_or_empty(path: &Path) -> usize {
    if path.exists() { read(path).len() } else { 0 }
}

#[tokio::test]
async fn a_torn_tail_costs_only_the_record_that_was_torn() {
    let (folder, start, end) = five_records().await;
    let log = read(&folder.path().join(FIRST_SEGMENT));
    for length in start..end {
        let torn = tempdir().unwrap();
        overwrite(&torn.path().join(FIRST_SEGMENT), &log[..length]);
        let history = open(torn.path()).await;
        assert_eq!(stored(&history, torn.path()), minutes(4), "cut off at byte {length}");
        assert_eq!(torn.path().join("log/set-aside/0000000001.log.broken").exists(), length > start, "cut off at byte {length}");
        if length % 50 == 0 {
            survives(torn.path(), &minutes(4)).await;
        }
        history.close().await;
    }
}

#[tokio::test]
async fn a_flipped_bit_costs_only_the_record_that_it_is_in() {
    let (folder, _, end) = five_records().await;
    let log = read(&folder.path().join(FIRST_SEGMENT));
    let each = (end - 8) / 5;
    for at in (0..end).step_by(7) {
        let mut damaged = log.clone();
        damaged[at] ^= 1 << (at % 8);
        let torn = tempdir().unwrap();
        overwrite(&torn.path().join(FIRST_SEGMENT), &damaged);
        let history = open(torn.path()).await;
        let found = stored(&history, torn.path());
        let hit = at.saturating_sub(8) / each;
        let expected: Vec<_> = match at {
            0..8 => minutes(5),
            // A wrong length leads nowhere: what stood before is read.
            _ if (at - 8) % each < 4 => minutes(i64::try_from(hit).unwrap()),
            _ => minutes(5).into_iter().enumerate().filter(|(number, _)| *number != hit).map(|(_, row)| row).collect(),
        };
        assert_eq!(found, expected, "bit {} of byte {at}", at % 8);
        assert!(torn.path().join("log/set-aside/0000000001.log.broken").exists(), "a copy is kept of byte {at}");
        history.close().await;
    }
}

#[tokio::test]
async fn strange_files_do_not_keep_history_from_opening() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    append(&history, &minutes(3)).await;
    flushed(&history).await;
    append(&history, &[row(9, MARCH, 9.0)]).await;
    history.close().await;
    let expected: Vec<_> = minutes(3).into_iter().chain([row(9, MARCH, 9.0)]).collect();

    overwrite(&folder.path().join("log/0000000005.log"), b"");
    overwrite(&folder.path().join("log/0000000006.log"), b"MARU");
    overwrite(&folder.path().join("log/0000000007.log"), b"this is no log at all");
    overwrite(&folder.path().join("log/0000000008.log"), b"MARULOG1");
    overwrite(&folder.path().join("log/0000000009.log"), b"MARULOG1\0\0\0\0\0\0\0\0");
    overwrite(&folder.path().join("log/0000000010.log"), &[b"MARULOG1".as_slice(), &[0xff; 64]].concat());
    for name in ["11.log", "+12.log", "notes.txt", "99999999999999999999.log", "00000000000000000013.log"] {
        overwrite(&folder.path().join("log").join(name), b"MARULOG1");
    }
    for name in [
        "notes.txt",
        "samples/notes.txt",
        "samples/day=2026-03-01/notes.txt",
        "samples/day=2026-03-01/0000000009-0000000003.parquet",
        "samples/day=2026-02-30/0000000001-0000000001.parquet",
        "samples/day=yesterday/0000000001-0000000001.parquet",
        "samples/day=2026-03-01/deeper/0000000001-0000000001.parquet",
        "of another release/day=2026-03-01/notes.parquet",
        "samples/day=2026-03-01/1-1.parquet",
    ] {
        overwrite(&folder.path().join("history").join(name), b"garbage");
    }
    let history = open(folder.path()).await;
    assert_eq!(stored(&history, folder.path()), sorted(&expected));
    flushed(&history).await;
    append(&history, &[row(10, MARCH, 10.0)]).await;
    flushed(&history).await;
    assert!(
        folder.path().join("history/samples/day=2026-03-01/0000000011-0000000011.parquet").exists(),
        "numbers go on behind what is there"
    );
    history.close().await;
    let history = open(folder.path()).await;
    assert_eq!(stored(&history, folder.path()).len(), expected.len() + 1);
}

#[tokio::test]
async fn a_part_with_a_damaged_end_is_set_aside_and_the_others_are_read() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    append(&history, &minutes(5)).await;
    flushed(&history).await;
    let kept = [row(1, MARCH + DAY, 1.0)];
    append(&history, &kept).await;
    flushed(&history).await;
    history.close().await;
    let part = "samples/day=2026-03-01/0000000001-0000000001.parquet";
    let content = read(&folder.path().join("history").join(part));
    let length = content.len();

    let mut zeroed = content.clone();
    zeroed[length - 40..].fill(0);
    let mut long_footer = content.clone();
    long_footer[length - 8..length - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut wrong_footer = content.clone();
    wrong_footer[length - 60..length - 8].fill(0xff);
    let mut damaged = vec![zeroed, long_footer, wrong_footer, Vec::new(), b"PAR1".to_vec(), vec![0; 4_096], vec![0; 200_000]];
    damaged.extend((0..length).step_by(97).map(|length| content[..length].to_vec()));
    for bytes in damaged {
        let copy = tempdir().unwrap();
        copy_folder(folder.path(), copy.path());
        overwrite(&copy.path().join("history").join(part), &bytes);
        let history = open(copy.path()).await;
        assert_eq!(stored(&history, copy.path()), kept, "with {} bytes", bytes.len());
        let aside = copy.path().join("history/set-aside").join(format!("{part}.broken"));
        assert_eq!(read(&aside), bytes);
        history.close().await;
        // It happens once: the next start has nothing to report, and does not take the numbers again.
        let history = open(copy.path()).await;
        assert_eq!(stored(&history, copy.path()), kept);
        history.close().await;
    }
}

#[tokio::test]
async fn a_record_from_before_a_column_was_added_is_still_read() {
    static WIDER: Table = Table {
        columns: &[
            Column::new("time", ColumnType::Time, "When it was said"),
            Column::nullable("text", ColumnType::Text, "What was said"),
            Column::nullable("mood", ColumnType::Text, "How it was meant"),
            Column::new("labels", ColumnType::Map, "What is known about it"),
            Column::nullable("count", ColumnType::Int, "How often"),
            Column::new("loud", ColumnType::Bool, "Whether it was loud"),
        ],
        ..LINES
    };
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    history.append(vec![(LINES.name, line_batch(MARCH, &[Some("hello"), Some("you")]))]).await.unwrap();
    flushed(&history).await;
    history.append(vec![(LINES.name, line_batch(MARCH, &[Some("hello again"), None]))]).await.unwrap();
    history.close().await;

    let options = HistoryOptions { merge_at: 2, ..HistoryOptions::default() };
    let history = History::open(folder.path(), &[&WIDER, &FACTS], options).await.unwrap();
    let waiting = history.snapshot(LINES.name).batches;
    assert_eq!(
        waiting.iter().map(|batch| (batch.num_rows(), batch.column_by_name("mood").unwrap().null_count())).collect::<Vec<_>>(),
        [(2, 2)]
    );
    history.flush().await.unwrap();
    history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
    let figures = history.table_figures(LINES.name);
    assert_eq!((figures.rows, figures.parts), (4, 1), "parts of both shapes are merged");
}

#[tokio::test]
async fn records_that_no_longer_fit_their_table_are_kept_aside() {
    static OTHER: Table =
        Table { columns: &[Column::new("time", ColumnType::Time, "When"), Column::new("text", ColumnType::Int, "A number now")], ..LINES };
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    history.append(vec![(LINES.name, line_batch(MARCH, &[Some("hello")])), (SAMPLES.name, batch(&minutes(2)))]).await.unwrap();
    history.close().await;
    let history = History::open(folder.path(), &[&OTHER, &SAMPLES], HistoryOptions::default()).await.unwrap();
    assert_eq!(stored(&history, folder.path()), minutes(2));
    assert!(history.snapshot(LINES.name).batches.is_empty());
    history.flush().await.unwrap();
    assert_eq!(stored(&history, folder.path()), minutes(2));
    assert!(folder.path().join("log/set-aside/0000000001.log.broken").exists());
}

#[tokio::test]
async fn a_table_without_time_is_filed_under_one_day() {
    let folder = tempdir().unwrap();
    let history = open(folder.path()).await;
    let column: arrow::array::ArrayRef = std::sync::Arc::new(arrow::array::StringArray::from(vec!["b", "a"]));
    let facts = arrow::array::RecordBatch::try_new(maru_store::history::arrow_schema(&FACTS), vec![column]).unwrap();
    history.append(vec![(FACTS.name, facts)]).await.unwrap();
    let segment = read(&folder.path().join(FIRST_SEGMENT));
    flushed(&history).await;
    history.close().await;
    assert_eq!(parts(folder.path()), ["facts/day=1970-01-01/0000000001-0000000001.parquet"]);
    overwrite(&folder.path().join(FIRST_SEGMENT), &segment);
    let history = open(folder.path()).await;
    assert_eq!(history.table_figures(FACTS.name).rows, 2);
    // What is not filed by time has no age.
    history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
    assert_eq!(history.table_figures(FACTS.name).rows, 2);
}

/// What happens to a history in the course of its life.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<(u64, i8, u16)>),
    Seal,
    Flush,
    Tidy,
    Restart,
    Die,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = prop::collection::vec((0..4u64, -2..3i8, any::<u16>()), 0..6);
    let step = prop_oneof![
        6 => rows.prop_map(Step::Append),
        2 => Just(Step::Seal),
        3 => Just(Step::Flush),
        2 => Just(Step::Tidy),
        1 => Just(Step::Restart),
        1 => Just(Step::Die),
    ];
    prop::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_each_row_is_there_once(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live(steps));
    }
}

async fn live(steps: Vec<Step>) {
    let options = || HistoryOptions { merge_at: 2, part_rows: 20, segment_bytes: 4_000, ..HistoryOptions::default() };
    let mut folder = tempdir().unwrap();
    let mut history = opened(folder.path(), options()).await.unwrap();
    let mut model = Vec::new();
    for step in steps {
        match step {
            Step::Append(rows) => {
                let rows: Vec<_> =
                    rows.iter().map(|(series, day, at)| row(*series, MARCH + i64::from(*day) * DAY + i64::from(*at), 1.5)).collect();
                append(&history, &rows).await;
                model.extend(rows);
            }
            Step::Seal => history.seal().await.unwrap(),
            Step::Flush => drop(history.flush().await.unwrap()),
            Step::Tidy => history.tidy(jiff::Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap(),
            Step::Restart => {
                history.close().await;
                history = opened(folder.path(), options()).await.unwrap();
            }
            Step::Die => {
                let copy = tempdir().unwrap();
                copy_folder(folder.path(), copy.path());
                history.close().await;
                folder = copy;
                history = opened(folder.path(), options()).await.unwrap();
            }
        }
        assert_eq!(stored(&history, folder.path()), sorted(&model));
        assert_eq!(history.table_figures(SAMPLES.name).rows, model.len() as u64);
    }
    flushed(&history).await;
    assert_eq!(stored(&history, folder.path()), sorted(&model));
    history.close().await;
}
