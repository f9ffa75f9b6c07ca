//! One SQL over state and history: what it answers, and how it says what is wrong.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{
    DAY, HISTORY, LINES, MARCH, Row, SAMPLES, TABLES, batch, files_below, flushed, line_batch, open_store, overwrite, read, remove, row,
};
use jiff::Timestamp;
use maru_kernel::{Audit, AuditRecord, Call, Operation, Outcome, Principal, SystemClock};
use maru_store::{HistoryAudit, HistoryOptions, ListTables, QueryResult, RunQuery, SqlOptions, Store, StoreOptions};
use proptest::prelude::*;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use tempfile::{TempDir, tempdir};

/// A store with rows of `samples` on ten days, half of them in parts, and three `series`.
async fn filled() -> (TempDir, Store) {
    let folder = tempdir().unwrap();
    let store = open_store(folder.path(), StoreOptions::default()).await;
    append(&store, &(0..10).map(|day| row(day % 3, MARCH + i64::try_from(day).unwrap() * DAY, day as f64)).collect::<Vec<_>>()).await;
    flushed(store.history()).await;
    append(&store, &(0..10).map(|day| row(day % 3, MARCH + i64::try_from(day).unwrap() * DAY + 1, 100.0)).collect::<Vec<_>>()).await;
    for (id, name, job) in [(0, "cpu", "node"), (1, "memory", "node"), (2, "requests", "web")] {
        let sql = format!("INSERT INTO series (id, name, labels, active) VALUES ({id}, '{name}', '{{\"job\":\"{job}\"}}', TRUE)");
        store.state().db().execute_unprepared(&sql).await.unwrap();
    }
    (folder, store)
}

async fn append(store: &Store, rows: &[Row]) {
    store.history().append(vec![(SAMPLES.name, batch(rows))]).await.unwrap();
}

async fn ask(store: &Store, sql: &str) -> QueryResult {
    store.sql().query(sql, 1_000).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn rows(store: &Store, sql: &str) -> Value {
    json!(ask(store, sql).await.rows)
}

async fn refusal(store: &Store, sql: &str) -> String {
    match store.sql().query(sql, 10).await {
        Ok(answer) => panic!("{sql}: {answer:?}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn state_and_history_join() {
    let (_folder, store) = filled().await;
    assert_eq!(
        rows(&store, "SELECT name, count(*), max(value) FROM samples JOIN series ON id = series GROUP BY name ORDER BY name").await,
        json!([["cpu", 8, 100.0], ["memory", 6, 100.0], ["requests", 6, 100.0]])
    );
    assert_eq!(
        rows(
            &store,
            "SELECT labels['job'] AS job, count(*) FROM samples, series WHERE id = series AND labels['job'] = 'node' GROUP BY job"
        )
        .await,
        json!([["node", 14]])
    );
    // However a table is named, it is read as it is.
    for sql in [
        "SELECT count(*) FROM Samples",
        "SELECT count(*) FROM maru.public.samples",
        "SELECT (SELECT count(*) FROM samples)",
        "SELECT count(*) FROM series a CROSS JOIN LATERAL (SELECT * FROM samples s WHERE s.series = a.id)",
        "WITH samples AS (SELECT * FROM samples) SELECT count(*) FROM samples",
        "WITH a AS (SELECT * FROM samples), b AS (SELECT * FROM a) SELECT count(*) FROM b",
        "SELECT count(*) FROM samples WHERE series IN (SELECT id FROM series)",
        "SELECT count(*) FROM samples WHERE EXISTS (SELECT 1 FROM series WHERE id = samples.series)",
        "SELECT count(*) FROM (SELECT * FROM samples UNION ALL SELECT * FROM samples WHERE false)",
    ] {
        assert_eq!(rows(&store, sql).await, json!([[20]]), "{sql}");
    }
    let explained = ask(&store, "EXPLAIN ANALYZE SELECT count(*) FROM samples").await;
    assert!(
        explained.rows[0][1].as_str().unwrap().contains("output_rows=20")
            || explained.rows[0][1].as_str().unwrap().contains("DataSourceExec")
    );
}

#[tokio::test]
async fn a_condition_on_time_reads_only_its_days() {
    let (_folder, store) = filled().await;
    let plan = async |condition: &str| {
        let plan = rows(&store, &format!("EXPLAIN SELECT value FROM samples WHERE {condition}")).await.to_string();
        (0..10).filter(|day| plan.contains(&format!("day=2026-03-{:02}/", day + 1))).collect::<Vec<_>>()
    };
    assert_eq!(plan("true").await, (0..10).collect::<Vec<_>>());
    assert_eq!(plan("time >= '2026-03-08'").await, [7, 8, 9]);
    assert_eq!(plan("time >= '2026-03-03T12:00:00Z' AND time < '2026-03-05T00:00:00Z'").await, [2, 3, 4]);
    assert_eq!(plan("time BETWEEN TIMESTAMP '2026-03-03' AND TIMESTAMP '2026-03-04'").await, [2, 3]);
    assert_eq!(
        plan("time > to_timestamp_millis(1772323200000) AND value > 3 AND time < to_timestamp_seconds(1772496000)").await,
        [0, 1, 2]
    );
    assert_eq!(plan("time = '2026-03-05'").await, [4]);
    assert_eq!(plan("TIMESTAMP '2026-03-09' <= time").await, [8, 9]);
    assert_eq!(plan("time > now()").await, [0; 0]);
    assert_eq!(plan("time >= '2026-03-09' OR value > 5").await, (0..10).collect::<Vec<_>>());
    // Casts that move the moment prune nothing.
    assert_eq!(plan("CAST(time AS DATE) = DATE '2026-03-05'").await.len(), 10);
}

#[derive(Clone, Debug)]
struct Condition {
    sql: String,
    from: i64,
    to: i64,
    least: f64,
}

fn conditions() -> impl Strategy<Value = Condition> {
    let moment = (-1..5i64, prop_oneof![Just(0), Just(1), Just(DAY - 1), 0..DAY]).prop_map(|(day, more)| MARCH + day * DAY + more);
    (moment.clone(), moment, 0..4u8, 0..4u8, any::<bool>(), 0..8u8).prop_map(|(one, other, left, right, value, least)| {
        let (one, other) = (one.min(other), one.max(other));
        let written = |moment: i64| Timestamp::from_millisecond(moment).unwrap().to_string();
        let (low, from) = match left {
            0 => (format!("time >= '{}'", written(one)), one),
            1 => (format!("time > to_timestamp_millis({one})"), one + 1),
            2 => (format!("'{}' <= time", written(one)), one),
            _ => (format!("CAST(time AS TIMESTAMP) >= to_timestamp_nanos({one}000000)"), one),
        };
        let (high, to) = match right {
            0 => (format!("time < '{}'", written(other)), other),
            1 => (format!("time <= to_timestamp_micros({other}999)"), other + 1),
            2 => (format!("time BETWEEN TIMESTAMP '1970-01-01' AND '{}'", written(other)), other + 1),
            _ => (format!("NOT time > '{}'", written(other)), other + 1),
        };
        let least = f64::from(least);
        let (sql, least) =
            if value { (format!("{low} AND {high} AND value >= {least}"), least) } else { (format!("{high} AND {low}"), f64::MIN) };
        Condition { sql, from, to, least }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn conditions_on_time_answer_what_a_plain_filter_does(
        parts in prop::collection::vec(prop::collection::vec((0..3u64, 0..4 * DAY, 0..8u8), 0..12), 1..5),
        conditions in prop::collection::vec(conditions(), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempdir().unwrap();
            let store = open_store(folder.path(), StoreOptions::default()).await;
            let mut all = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let rows: Vec<_> = part.iter().map(|(series, time, value)| row(*series, MARCH + time, f64::from(*value))).collect();
                append(&store, &rows).await;
                all.extend(rows);
                if at + 1 < parts.len() {
                    flushed(store.history()).await;
                }
            }
            for condition in conditions {
                let sql = format!("SELECT count(*), sum(value) FROM samples WHERE {}", condition.sql);
                let passing: Vec<_> = all.iter().filter(|row| (condition.from..condition.to).contains(&row.time_ms) && row.value() >= condition.least).collect();
                let sum = (!passing.is_empty()).then(|| passing.iter().map(|row| row.value()).sum::<f64>());
                assert_eq!(rows(&store, &sql).await, json!([[passing.len(), sum]]), "{sql}");
            }
            store.close().await;
        });
    }
}

#[tokio::test]
async fn what_there_is_can_be_asked_for() {
    let (_folder, store) = filled().await;
    assert_eq!(
        rows(&store, "SELECT * FROM maru_tables ORDER BY name").await,
        json!([
            ["audit", "history", "Every call of an operation, allowed or denied"],
            ["facts", "history", "Something that is so"],
            ["lines", "history", "Something that was said"],
            ["samples", "history", "A measured value"],
            ["series", "state", "What is measured"],
        ])
    );
    assert_eq!(
        rows(&store, "SELECT position, name, type, nullable, comment FROM maru_columns WHERE table_name = 'lines' ORDER BY position").await,
        json!([
            [1, "time", "time", false, "When it was said"],
            [2, "text", "text", true, "What was said"],
            [3, "labels", "map", false, "What is known about it"],
            [4, "count", "int", true, "How often"],
            [5, "loud", "bool", false, "Whether it was loud"],
        ])
    );
    assert_eq!(
        rows(&store, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1").await,
        json!([["audit"], ["facts"], ["lines"], ["maru_columns"], ["maru_tables"], ["samples"], ["series"]])
    );
    assert_eq!(
        rows(&store, "SELECT column_name FROM information_schema.columns WHERE table_name = 'samples'").await,
        json!([["series"], ["time"], ["value"]])
    );

    let call = Call::new(Principal::local(), "test", Arc::new(SystemClock));
    let list = serde_json::to_value(ListTables {}.run(&store, &call).await.unwrap()).unwrap();
    assert_eq!(list["tables"].as_array().unwrap().len(), TABLES.len() + 1);
    let samples = list["tables"].as_array().unwrap().iter().find(|table| table["name"] == "samples").unwrap();
    assert_eq!((&samples["rows"], &samples["store"], &samples["columns"][1]["type"]), (&json!(20), &json!("history"), &json!("time")));
    let answer = RunQuery { sql: "SELECT count(*) FROM samples".into(), limit: 1 }.run(&store, &call).await.unwrap();
    assert_eq!(answer.rows, [[20]]);
}

#[tokio::test]
async fn values_become_json_that_keeps_its_meaning() {
    let folder = tempdir().unwrap();
    let store = open_store(folder.path(), StoreOptions::default()).await;
    let rows_in = [
        row(u64::MAX, MARCH, f64::NAN),
        row(1 << 53, MARCH + 1, f64::INFINITY),
        row((1 << 53) + 1, MARCH + 123, f64::NEG_INFINITY),
        row(0, -1, -0.5),
    ];
    append(&store, &rows_in).await;
    store.history().append(vec![(LINES.name, line_batch(MARCH, &[Some("héllo!"), None]))]).await.unwrap();
    for flush in [false, true] {
        if flush {
            flushed(store.history()).await;
        }
        let answer = ask(&store, "SELECT series, time, value FROM samples ORDER BY time").await;
        assert_eq!(
            json!(answer.columns),
            json!([{"name": "series", "type": "uint64"}, {"name": "time", "type": "time"}, {"name": "value", "type": "float64"}])
        );
        assert_eq!(
            json!(answer.rows),
            json!([
                [0, "1969-12-31T23:59:59.999Z", -0.5],
                ["18446744073709551615", "2026-03-01T00:00:00.000Z", "NaN"],
                [9_007_199_254_740_992_u64, "2026-03-01T00:00:00.001Z", "inf"],
                ["9007199254740993", "2026-03-01T00:00:00.123Z", "-inf"],
            ])
        );
        assert_eq!(
            rows(&store, "SELECT * FROM lines ORDER BY time").await,
            json!([
                ["2026-03-01T00:00:00.000Z", "héllo!", {"job": "héllo!", "at": "0"}, 0, true],
                ["2026-03-01T00:00:01.000Z", null, {"job": "none", "at": "1"}, null, false],
            ])
        );
        assert_eq!(
            rows(&store, "SELECT text FROM lines WHERE labels['job'] = 'héllo!' AND labels['missing'] IS NULL").await,
            json!([["héllo!"]])
        );
        assert_eq!(rows(&store, "SELECT count(*) FROM samples WHERE series = 18446744073709551615").await, json!([[1]]));
    }
    assert_eq!(
        rows(&store, "SELECT NULL, true, 'x', 1.5, [1, 2], named_struct('a', 1), CAST(1 AS DECIMAL(10, 2)), DATE '2026-03-01', INTERVAL '1' DAY, arrow_typeof(1), -9007199254740993").await,
        json!([[null, true, "x", 1.5, [1, 2], "{a: 1}", "1.00", "2026-03-01", "1 days", "Int64", "-9007199254740993"]])
    );
}

#[tokio::test]
async fn an_answer_has_as_many_rows_as_asked_for() {
    let (_folder, store) = filled().await;
    let counts = async |sql: &str, limit: usize| {
        let answer = store.sql().query(sql, limit).await.unwrap();
        (answer.rows.len(), answer.truncated)
    };
    assert_eq!(counts("SELECT * FROM samples", 20).await, (20, false));
    assert_eq!(counts("SELECT * FROM samples", 19).await, (19, true));
    assert_eq!(counts("SELECT * FROM samples", 0).await, (1, true));
    assert_eq!(counts("SELECT * FROM samples LIMIT 5", 1_000).await, (5, false));
    assert_eq!(counts("SELECT * FROM samples WHERE value > 1e9", 5).await, (0, false));
    assert_eq!(counts("SELECT * FROM generate_series(1, 200000)", usize::MAX).await, (100_000, true));
    // No more values than a reader of JSON can bear, however narrow they are.
    let wide = (0..900).map(|at| format!("true AS c{at}")).collect::<Vec<_>>().join(", ");
    let (rows, truncated) = counts(&format!("SELECT {wide} FROM generate_series(1, 100000)"), 100_000).await;
    assert!(truncated && rows * 900 < 6_000_000, "{rows}");
    let empty = ask(&store, "SELECT series, value FROM samples WHERE false").await;
    assert_eq!(empty.columns.len(), 2, "an empty answer still has its columns");
}

#[tokio::test]
async fn errors_say_what_is_wrong_and_where_to_look() {
    let (_folder, store) = filled().await;
    insta::assert_snapshot!(refusal(&store, "SELECT * FROM nothing").await, @"Table 'maru.public.nothing' not found. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    insta::assert_snapshot!(refusal(&store, "SELECT valu FROM samples").await, @"No field named valu. Valid fields are samples.series, samples.time, samples.value. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    insta::assert_snapshot!(refusal(&store, "SELECT value FORM samples").await, @"The SQL does not parse: Expected: end of statement, found: samples at Line: 1, Column: 19. [MARU-0131]");
    insta::assert_snapshot!(refusal(&store, "SELECT value, count(*) FROM samples").await, @r#"Column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column "samples.value" must appear in the GROUP BY clause or must be part of an aggregate function, currently only "count(Int64(1))" appears in the SELECT clause satisfies this requirement. [MARU-0145] `SELECT * FROM maru_columns` lists what there is."#);
    insta::assert_snapshot!(refusal(&store, "SELECT nonsense(value) FROM samples").await, @"Invalid function 'nonsense'. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    insta::assert_snapshot!(refusal(&store, "SELECT CAST('x' AS BIGINT)").await, @"The query failed: Cast error: Cannot cast string 'x' to value of Int64 type. [MARU-0147]");
    insta::assert_snapshot!(refusal(&store, "SELECT 1 / 0").await, @"The query failed: Divide by zero error. [MARU-0147]");
    insta::assert_snapshot!(refusal(&store, "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n").await, @"Recursive CTEs are not enabled. [MARU-0146]");
}

#[tokio::test]
async fn a_part_that_is_damaged_is_left_out_of_the_answer() {
    let folder = tempdir().unwrap();
    let store = open_store(folder.path(), StoreOptions::default()).await;
    append(&store, &[row(1, MARCH, 1.0)]).await;
    flushed(store.history()).await;
    let many: Vec<_> = (0..2_000).map(|at| row(at % 7, MARCH + DAY + i64::try_from(at).unwrap() * 1_000, at as f64)).collect();
    append(&store, &many).await;
    flushed(store.history()).await;
    store.close().await;
    drop(store);
    let part = "samples/day=2026-03-02/0000000002-0000000002.parquet";
    let content = read(&folder.path().join("history").join(part));

    let mut left_out = 0;
    for at in (4..content.len() - 8).step_by(content.len() / 60) {
        let copy = tempdir().unwrap();
        fixture::copy_folder(folder.path(), copy.path());
        let store = open_store(copy.path(), StoreOptions::default()).await;
        let path = copy.path().join("history").join(part);
        let mut damaged = content.clone();
        for byte in &mut damaged[at..(at + 16).min(content.len())] {
            *byte ^= 0xa5;
        }
        overwrite(&path, &damaged);
        // Whatever was hit, it is answered: with all rows where nothing hangs on it, else without those of the part.
        let first =
            rows(&store, "SELECT count(*), count(value), count(series) FROM samples WHERE time > '2020-01-01' AND value < 1e300").await;
        let again =
            rows(&store, "SELECT count(*), count(value), count(series) FROM samples WHERE time > '2020-01-01' AND value < 1e300").await;
        assert_eq!(first, again, "damaged at byte {at}");
        if first == json!([[1, 1, 1]]) {
            left_out += 1;
            assert_eq!(read(&copy.path().join("history/set-aside").join(format!("{part}.broken"))), damaged);
        }
        store.close().await;
    }
    assert!(left_out > 20, "most damage is noticed: {left_out}");
}

#[tokio::test]
async fn a_part_that_somebody_removed_is_left_out_of_the_answer() {
    let (folder, store) = filled().await;
    for part in files_below(&folder.path().join("history")).iter().take(4) {
        remove(&folder.path().join("history").join(part));
    }
    assert_eq!(rows(&store, "SELECT count(*) FROM samples").await, json!([[16]]));
    assert_eq!(rows(&store, "SELECT count(*) FROM samples").await, json!([[16]]));
    truncate(&folder.path().join("history").join(&files_below(&folder.path().join("history"))[0]));
    assert_eq!(rows(&store, "SELECT sum(value) IS NOT NULL, count(*) FROM samples").await, json!([[true, 15]]));
}

fn truncate(path: &Path) {
    let content = read(path);
    overwrite(path, &content[..3]);
}

#[tokio::test]
async fn queries_see_every_row_once_while_the_house_is_kept() {
    let folder = tempdir().unwrap();
    let history = HistoryOptions { merge_at: 2, ..HistoryOptions::default() };
    let store = Arc::new(open_store(folder.path(), StoreOptions { history, ..StoreOptions::default() }).await);
    append(&store, &[row(0, MARCH, 1.0)]).await;
    let keeping = tokio::spawn({
        let store = store.clone();
        async move {
            for at in 1..40 {
                append(&store, &[row(at, MARCH, 1.0)]).await;
                store.history().seal().await.unwrap();
                store.history().flush().await.unwrap();
                store.history().tidy(Timestamp::from_millisecond(MARCH).unwrap()).await.unwrap();
            }
        }
    });
    while !keeping.is_finished() {
        let seen = rows(&store, "SELECT count(*), count(DISTINCT series), max(series) FROM samples").await;
        let [rows, different, last] = [0, 1, 2].map(|column| seen[0][column].as_u64().unwrap());
        assert!(rows == different && different == last + 1, "{seen}");
    }
    keeping.await.unwrap();
    assert_eq!(rows(&store, "SELECT count(*) FROM samples").await, json!([[40]]));
    assert_eq!(HISTORY.len(), 3);
}

#[tokio::test]
async fn too_many_queries_at_once_wait_and_then_are_refused() {
    let folder = tempdir().unwrap();
    let sql = SqlOptions { concurrent: 1, waiting: 1, ..SqlOptions::default() };
    let store = Arc::new(open_store(folder.path(), StoreOptions { sql, ..StoreOptions::default() }).await);
    let slow = "SELECT count(*) FROM generate_series(1, 300000) a WHERE value % 7 = 3";
    let answers = futures::future::join_all((0..3).map(|_| store.sql().query(slow, 1))).await;
    let (answered, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((answered.len(), refused.len()), (2, 1));
    insta::assert_snapshot!(refused[0].as_ref().unwrap_err(), @"1 queries run and 1 wait already. [MARU-0141] Ask again when some of them have ended.");
    assert_eq!(rows(&store, "SELECT 1").await, json!([[1]]), "there is room again");
}

#[tokio::test]
async fn calls_are_recorded_where_sql_sees_them() {
    let folder = tempdir().unwrap();
    let store = open_store(folder.path(), StoreOptions::default()).await;
    let audit = HistoryAudit::new(store.history().clone());
    audit.ready().unwrap();
    for (outcome, input) in [
        (Outcome::Succeeded, json!({"sql": "SELECT 1"})),
        (Outcome::Denied, json!(null)),
        (Outcome::Failed("MARU-0145"), json!("é".repeat(20_000))),
    ] {
        let record = AuditRecord {
            time: Timestamp::from_millisecond(MARCH).unwrap(),
            principal: Principal::local(),
            surface: "test",
            operation: "sql.query".into(),
            input,
            outcome,
            duration_ms: 5,
        };
        audit.record(record).await.unwrap();
    }
    let seen = rows(
        &store,
        "SELECT principal, principal_kind, operation, outcome, error_code, duration_ms, octet_length(input) FROM audit ORDER BY outcome",
    )
    .await;
    insta::assert_snapshot!(
        seen,
        @r#"[["local","local","sql.query","denied",null,5,4],["local","local","sql.query","failed","MARU-0145",5,16386],["local","local","sql.query","succeeded",null,5,18]]"#
    );
}
