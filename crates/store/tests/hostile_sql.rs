//! SQL that means harm: it reads no files, it ends, and it takes no more memory than it may.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{LINES, MARCH, SAMPLES, batch, line_batch, open_store, row};
use maru_kernel::{Error, Result};
use maru_store::{QueryResult, SqlOptions, Store, StoreOptions};
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

/// What a query may hold by the engine's own count, and what the process may grow to with everything.
const MEMORY: usize = 64 << 20;
// Far above the limit, since what the engine does not count is only noticed between two looks, which are long apart on a busy machine.
const PROCESS_MEMORY: u64 = 3_000 << 20;
/// How long a query may run, and how long its answer may take on a busy machine: a step that has begun is finished.
const LONGEST: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

/// A store with 20,000 `samples` and two `lines`.
async fn victim() -> (TempDir, Store) {
    let folder = tempdir().unwrap();
    let sql = SqlOptions { longest: LONGEST, memory_bytes: MEMORY, ..SqlOptions::default() };
    let store = open_store(folder.path(), StoreOptions { sql, ..StoreOptions::default() }).await;
    let rows: Vec<_> = (0..20_000).map(|at| row(at % 100, MARCH + i64::try_from(at).unwrap(), at as f64)).collect();
    store
        .history()
        .append(vec![(SAMPLES.name, batch(&rows)), (LINES.name, line_batch(MARCH, &[Some("one"), Some("two!")]))])
        .await
        .unwrap();
    (folder, store)
}

/// Runs a query and sees that it ends, leaves memory alone and keeps nobody else from asking.
#[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
async fn survived(store: &Store, sql: &str) -> Result<QueryResult> {
    let shown = &sql[..sql.floor_char_boundary(200)];
    println!("{shown}");
    let begun = Instant::now();
    let answer = store.sql().query(sql, 1_000).await;
    assert!(begun.elapsed() < PATIENCE, "{shown} took {:?}", begun.elapsed());
    let peak = peak_memory();
    assert!(peak < PROCESS_MEMORY, "{shown} took {} MiB", peak >> 20);
    loop {
        // What was stopped may keep its turn for as long as the step takes that it was in.
        match store.sql().query("SELECT count(*) FROM lines", 1).await {
            Err(error) if error.code == "MARU-0149" && begun.elapsed() < PATIENCE => {}
            next => break assert_eq!(next.map(|next| next.rows), Ok(vec![vec![2.into()]]), "after {shown}"),
        }
    }
    answer
}

async fn refused(store: &Store, sql: &str) -> Error {
    let shown = &sql[..sql.floor_char_boundary(200)];
    match survived(store, sql).await {
        Err(error) => error,
        Ok(answer) => panic!("{shown} was answered with {} rows", answer.rows.len()),
    }
}

/// The most memory that this process ever had in use.
fn peak_memory() -> u64 {
    let status = String::from_utf8(fixture::read(std::path::Path::new("/proc/self/status"))).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_tables_is_read_and_nothing_is_written() {
    let (folder, store) = victim().await;
    let written = folder.path().join("written.csv");
    for sql in [
        "SELECT * FROM '/etc/passwd'".to_owned(),
        "SELECT * FROM \"/etc/passwd\"".into(),
        "SELECT * FROM '/etc/passwd.csv'".into(),
        "SELECT * FROM 'https://127.0.0.1/a.parquet'".into(),
        "SELECT * FROM read_csv('/etc/passwd')".into(),
        "SELECT * FROM read_parquet('/etc/passwd')".into(),
        "SELECT * FROM parquet_metadata('/etc/passwd')".into(),
        "SELECT load_extension('/tmp/a.so')".into(),
        "SELECT pg_read_file('/etc/passwd')".into(),
        format!("COPY samples TO '{}'", written.display()),
        format!("COPY (SELECT 1) TO '{}' STORED AS CSV", written.display()),
        "COPY samples FROM '/etc/passwd'".into(),
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'".into(),
        "CREATE TABLE t AS SELECT 1".into(),
        "CREATE VIEW v AS SELECT 1".into(),
        "CREATE FUNCTION f() RETURNS INT RETURN 1".into(),
        "SELECT 1 INTO t".into(),
        "SELECT * INTO t FROM samples".into(),
        "INSERT INTO samples SELECT * FROM samples".into(),
        "WITH a AS (INSERT INTO samples SELECT * FROM samples RETURNING *) SELECT * FROM a".into(),
        "DELETE FROM samples".into(),
        "UPDATE samples SET value = 1".into(),
        "MERGE INTO samples USING lines ON true WHEN MATCHED THEN DELETE".into(),
        "TRUNCATE samples".into(),
        "DROP TABLE samples".into(),
        "ALTER TABLE samples ADD COLUMN a INT".into(),
        "SET datafusion.runtime.memory_limit = '100G'".into(),
        "SET datafusion.execution.batch_size = 100000000".into(),
        "RESET datafusion.execution.batch_size".into(),
        "SHOW ALL".into(),
        "BEGIN".into(),
        "PREPARE p AS SELECT 1".into(),
        "EXECUTE p".into(),
        "CALL f()".into(),
        "ATTACH DATABASE 'a' AS b".into(),
        "PRAGMA writable_schema = 1".into(),
        "EXPLAIN COPY samples TO '/tmp/a.csv'".into(),
        "EXPLAIN ANALYZE DELETE FROM samples".into(),
        "EXPLAIN EXPLAIN DELETE FROM samples".into(),
        "SELECT 1; DROP TABLE samples".into(),
        "SELECT $1".into(),
    ] {
        let error = refused(&store, &sql).await;
        assert!(error.code >= "MARU-0130" && error.code < "MARU-0150", "{sql}: {error}");
    }
    assert!(!written.exists());
    assert_eq!(store.sql().query("SELECT count(*) FROM samples", 1).await.unwrap().rows, [[20_000]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_stopped() {
    let (_folder, store) = victim().await;
    for sql in [
        "SELECT count(*) FROM samples a, samples b, samples c WHERE a.value + b.value > c.value",
        "SELECT sum(a.value * b.value) FROM samples a CROSS JOIN samples b CROSS JOIN samples c",
        "SELECT count(*) FROM samples a JOIN samples b ON a.value < b.value JOIN samples c ON b.value < c.value",
        "SELECT * FROM samples a, samples b, samples c WHERE a.value + b.value + c.value < -1",
        "SELECT count(*) FROM generate_series(1, 100000000000) WHERE value % 2 = 0",
        "SELECT sum(value) FROM range(0, 9223372036854775807)",
        "SELECT sum(a.value + b.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        "SELECT count(*) FROM samples a WHERE NOT EXISTS (SELECT 1 FROM samples b, samples c WHERE b.value + c.value = a.value + 0.5)",
        "SELECT count(*) FROM samples a JOIN samples b ON a.series = b.series JOIN samples c ON b.series = c.series JOIN samples d ON c.series = d.series",
        "SELECT count(*) FROM (SELECT random() AS r FROM generate_series(1, 100000000000)) WHERE r > 2",
        "EXPLAIN ANALYZE SELECT sum(a.value + b.value) FROM samples a, samples b, samples c",
    ] {
        let error = refused(&store, sql).await;
        assert!(matches!(error.code, "MARU-0142" | "MARU-0144"), "{sql}: {error}");
    }
    // What can be told without counting is told.
    let all = survived(&store, "SELECT count(*) FROM samples a, samples b, samples c, samples d").await.unwrap();
    assert_eq!(all.rows, [["160000000000000000"]]);
    let told = refused(&store, "SELECT count(*) FROM generate_series(1, 100000000000) WHERE value % 2 = 0").await;
    insta::assert_snapshot!(told, @"The query ran longer than 1 s and was stopped. [MARU-0142] Narrow it down: a shorter time range, fewer series.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_too_much_memory_is_stopped() {
    let (_folder, store) = victim().await;
    for sql in [
        "SELECT array_agg(a.value) FROM samples a, samples b",
        "SELECT string_agg(CAST(a.value AS VARCHAR), ',') FROM samples a, samples b",
        "SELECT array_length(array_agg(a.value || 'x')) FROM samples a, samples b, samples c",
        "SELECT a.value, b.value, c.value FROM samples a, samples b, samples c ORDER BY a.value + b.value, c.value LIMIT 1000 OFFSET 100000000",
        "SELECT count(DISTINCT a.value * 100000 + b.value) FROM samples a, samples b",
        "SELECT count(*) FROM (SELECT a.value, b.value AS w, count(*) FROM samples a, samples b GROUP BY 1, 2)",
        "SELECT median(a.value + b.value) FROM samples a, samples b",
        "SELECT count(*) FROM (SELECT row_number() OVER () AS n FROM samples a, samples b, samples c) WHERE n < 10",
        "SELECT max(s) FROM (SELECT sum(a.value) OVER () AS s FROM samples a, samples b)",
        "SELECT max(s) FROM (SELECT last_value(a.value) OVER (PARTITION BY a.series) AS s FROM samples a, samples b)",
        "SELECT count(*) FROM (SELECT value FROM generate_series(1, 10000000000)) a JOIN generate_series(1, 10000000000) b ON a.value = b.value",
        "SELECT first_value(a.value ORDER BY b.value) FROM samples a, samples b, samples c GROUP BY a.value * 100000 + b.value",
    ] {
        let error = refused(&store, sql).await;
        assert!(matches!(error.code, "MARU-0142" | "MARU-0144"), "{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn small_calls_make_no_large_values() {
    let (_folder, store) = victim().await;
    let long = "a".repeat(30_000);
    for sql in [
        "SELECT repeat('a', 10000000000)".to_owned(),
        "SELECT length(repeat(repeat('a', 100000), 100000))".into(),
        "SELECT lpad('a', 2000000000)".into(),
        "SELECT rpad('a', 2000000000, 'b')".into(),
        "SELECT space(2000000000)".into(),
        "SELECT generate_series(1, 10000000000)".into(),
        "SELECT range(1, 10000000000)".into(),
        "SELECT array_length(range(10000000000))".into(),
        "SELECT gen_series(1, 10000000000)".into(),
        "SELECT array_repeat('a', 10000000000)".into(),
        "SELECT list_repeat(1, 10000000000)".into(),
        "SELECT array_resize([1], 10000000000, 0)".into(),
        "SELECT list_resize([1], 10000000000)".into(),
        "SELECT array_pad([1], 10000000000)".into(),
        "SELECT CAST([1] AS BIGINT[2000000000])".into(),
        "SELECT CAST('a' AS BINARY(2000000000))".into(),
        "SELECT arrow_cast([1], 'FixedSizeList(2000000000, Int64)')".into(),
        "SELECT arrow_cast('a', 'FixedSizeBinary(2000000000)')".into(),
        "SELECT arrow_try_cast([1], 'FixedSizeList(2000000000, Int64)')".into(),
        "SELECT approx_percentile_cont(value, 0.5, 1000000000000) FROM samples".into(),
        "SELECT approx_percentile_cont_with_weight(value, 1, 0.5, 1000000000000) FROM samples".into(),
        format!("SELECT length(replace('{long}', 'a', '{long}'))"),
        format!("SELECT length(replace('{long}', '', '{long}')) FROM samples"),
        format!("SELECT length(regexp_replace('{long}', 'a', '{long}', 'g'))"),
        format!("SELECT length(array_to_string(string_to_array('{long}', NULL), '{long}'))"),
        format!("SELECT levenshtein('{long}', '{long}b') FROM samples"),
        format!("SELECT regexp_match('{long}', '{}')", "(".repeat(400) + ".*" + &")".repeat(400)),
        format!("SELECT to_char(time, '{}') FROM samples", "%c".repeat(30_000)),
        doubling("concat(x, x, x, x, x, x, x, x)", 40),
        doubling("x || x || x || x", 60),
        doubling("replace(x, 'a', x)", 10),
        doubling("[x, x, x, x]", 40),
        doubling("array_to_string([x, x, x, x], x)", 40),
        doubling("concat_ws(x, x, x, x)", 40),
        doubling("CAST([x, x] AS VARCHAR)", 40),
        doubling("(SELECT max(x || x || x || x))", 30),
        doubling("string_agg(x, x)", 30),
        doubling("CASE WHEN x = '' THEN x ELSE concat(x, x, x, x) END", 40),
        "SELECT array_agg(value) OVER (ORDER BY time) FROM samples".into(),
        "SELECT string_agg(CAST(value AS VARCHAR), ',') OVER (ORDER BY time) FROM samples".into(),
        "SELECT l, s.value FROM (SELECT array_agg(value) AS l FROM samples) a, samples s, samples t, samples u".into(),
        "SELECT unnest(l), l FROM (SELECT array_agg(value) AS l FROM samples)".into(),
        format!("SELECT {} FROM samples", (0..3_000).map(|at| format!("value + {at}")).collect::<Vec<_>>().join(", ")),
    ] {
        let error = refused(&store, &sql).await;
        assert!(
            matches!(error.code, "MARU-0134" | "MARU-0135" | "MARU-0142" | "MARU-0144" | "MARU-0145" | "MARU-0146" | "MARU-0147"),
            "{}: {error}",
            &sql[..200.min(sql.len())]
        );
    }
    // What fits in a row is answered, a few rows at a time.
    let wide = (0..900).map(|at| format!("x || '{at}' AS x{at}")).collect::<Vec<_>>().join(", ");
    match survived(&store, &format!("SELECT {wide} FROM (SELECT '{long}' AS x), samples")).await {
        Ok(answer) => assert!(answer.truncated && answer.rows.len() < 10, "{}", answer.rows.len()),
        Err(error) => assert_eq!(error.code, "MARU-0142", "{error}"),
    }
    let told = refused(&store, &format!("SELECT replace('{long}', 'a', '{long}')")).await;
    insta::assert_snapshot!(told, @"The query needs more memory than the 64 MiB that queries may use. [MARU-0144] Narrow it down: a shorter time range, fewer columns, fewer groups.");
}

/// A chain of sub-queries in which each makes `x` of the `x` before.
fn doubling(expression: &str, times: usize) -> String {
    let chain = (1..times).map(|at| format!("a{at} AS (SELECT {expression} AS x FROM a{})", at - 1)).collect::<Vec<_>>().join(", ");
    format!("WITH a0 AS (SELECT 'aaaaaaaa' AS x), {chain} SELECT x FROM a{}", times - 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn regular_expressions_stay_small() {
    let (_folder, store) = victim().await;
    for sql in [
        r"SELECT regexp_like('a', '(((a{1000}){1000}){1000}){1000}')".to_owned(),
        r"SELECT regexp_like(CAST(value AS VARCHAR), '((a{500}){100}b?){9}') FROM samples".into(),
        r"SELECT count(*) FROM lines WHERE text ~ '((\w{500}){100}){9}'".into(),
        r"SELECT count(*) FROM lines WHERE text SIMILAR TO '((a{500}){100}){900}'".into(),
        r"SELECT count(*) FROM samples WHERE regexp_like('aaaa', concat('(a{900}){20}', CAST(value AS VARCHAR)))".into(),
        r"SELECT count(*) FROM samples WHERE 'aaaa' ~ concat('(a{900}){20}', CAST(value AS VARCHAR))".into(),
        r"SELECT regexp_count('aaaa', text) FROM lines".into(),
        r"SELECT regexp_replace('aaaa', text, 'b') FROM lines".into(),
        r"SELECT regexp_instr('aaaa', text) FROM lines".into(),
        format!("SELECT regexp_like('a', '{}')", "a?".repeat(20_000)),
        format!("SELECT regexp_like('a', '{}')", "(".repeat(500)),
    ] {
        let error = refused(&store, &sql).await;
        assert!(matches!(error.code, "MARU-0145" | "MARU-0147" | "MARU-0135"), "{}: {error}", &sql[..100.min(sql.len())]);
    }
    insta::assert_snapshot!(refused(&store, "SELECT regexp_like('a', '(a{900}){900}')").await, @"The regular expression cannot be used: Compiled regex exceeds size limit of 524288 bytes. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    insta::assert_snapshot!(refused(&store, "SELECT regexp_like('a', '(a')").await, @"The regular expression cannot be used: unclosed group. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    insta::assert_snapshot!(refused(&store, "SELECT regexp_like('a', text) FROM lines").await, @"A regular expression is written out, not computed. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    let answer = survived(
        &store,
        r"SELECT text FROM lines WHERE regexp_like(text, '^t\w+') AND text ~ 'w' AND NOT text ~* 'ONE' AND text LIKE '%!'",
    )
    .await
    .unwrap();
    assert_eq!(answer.rows, [["two!"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nests_deep_is_an_error() {
    let (_folder, store) = victim().await;
    let nested =
        |open: &str, middle: &str, close: &str, times: usize| format!("SELECT {}{middle}{}", open.repeat(times), close.repeat(times));
    for sql in [
        nested("(", "1", ")", 10_000),
        nested("(SELECT ", "1", ")", 5_000),
        nested("NOT ", "true", "", 10_000),
        nested("- ", "1", "", 10_000),
        nested("abs(", "1", ")", 8_000),
        nested("[", "1", "]", 10_000),
        nested("CASE WHEN true THEN ", "1", " END", 2_000),
        nested("CAST(", "1", " AS INT)", 4_000),
        format!("SELECT {}", vec!["true"; 10_000].join(" AND ")),
        format!("SELECT {}", vec!["1"; 32_000].join("+")),
        format!("SELECT {}", vec!["1"; 20_000].join("||")),
        format!("SELECT 1{}", "::INT".repeat(10_000)),
        format!("SELECT 1{}", "[1]".repeat(10_000)),
        format!("SELECT 1 {}", "IS NULL ".repeat(7_000)),
        format!("SELECT 1 WHERE 1 {}", "IN (1) ".repeat(7_000)),
        format!("SELECT 1 {}", "COLLATE x ".repeat(5_000)),
        format!("SELECT 1 {}", "AT TIME ZONE 'UTC' ".repeat(3_000)),
        format!("SELECT * FROM {}samples{}", "(SELECT * FROM ".repeat(3_000), ")".repeat(3_000)),
        format!("SELECT * FROM {}samples{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("{}SELECT 1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("{}SELECT 1", "WITH a AS (SELECT 1) ".repeat(2_000)),
        vec!["SELECT 1"; 4_000].join(" UNION ALL "),
        vec!["VALUES (1)"; 4_000].join(" EXCEPT "),
        format!("SELECT 1 FROM samples {}", "JOIN samples USING (series) ".repeat(2_000)),
        format!("SELECT 1 FROM samples{}", ", samples".repeat(6_000)),
        format!("{}SELECT 1", "EXPLAIN ".repeat(8_000)),
        format!("SELECT CAST(1 AS {}INT{})", "ARRAY<".repeat(5_000), ">".repeat(5_000)),
        format!("SELECT CAST(1 AS INT{})", "[]".repeat(15_000)),
        format!("SELECT CAST(1 AS {}INT{})", "STRUCT<a ".repeat(5_000), ">".repeat(5_000)),
        format!("SELECT INTERVAL {}'1'", "INTERVAL ".repeat(5_000)),
        "(".repeat(64_000),
        "SELECT ".repeat(9_000),
        "x".repeat(70_000),
        "\u{0}".repeat(1_000),
        "'".into(),
        "/*".repeat(30_000),
        "SELECT ".to_owned() + &"CAST(".repeat(60),
        "SELECT ".to_owned() + &"SUBSTRING(".repeat(60),
        "SELECT ".to_owned() + &"POSITION(".repeat(60),
        nested("POSITION(", "1", ")", 40),
        nested("TRY_CAST(", "1", ", 1)", 40),
    ] {
        refused(&store, &sql).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_text_makes_no_large_plan() {
    let (_folder, store) = victim().await;
    let doubled = |operator: &str| {
        let chain = (1..60).map(|at| format!("a{at} AS (SELECT * FROM a{0} {operator} a{0})", at - 1)).collect::<Vec<_>>().join(", ");
        format!("WITH a0 AS (SELECT value FROM samples), {chain} SELECT count(*) FROM a59")
    };
    let sums = |times: usize, refers: usize| {
        let sum = vec!["x"; refers].join(" + ");
        let chain = (1..times).map(|at| format!("a{at} AS (SELECT {sum} AS x FROM a{})", at - 1)).collect::<Vec<_>>().join(", ");
        format!("WITH a0 AS (SELECT value AS x FROM samples), {chain} SELECT x FROM a{} WHERE x > 0", times - 1)
    };
    let greatest = format!("greatest({})", vec!["x"; 3_000].join(", "));
    let between = (0..20).fold("value > 1".to_owned(), |inner, at| format!("({inner}) BETWEEN (value > {at}) AND true"));
    for sql in [
        doubled("UNION ALL SELECT * FROM"),
        doubled("CROSS JOIN"),
        doubled(", (SELECT 1) b, "),
        sums(90, 2),
        sums(20, 400),
        format!("SELECT x FROM (SELECT {greatest} AS x FROM (SELECT {greatest} AS x FROM (SELECT value AS x FROM samples))) WHERE x > 0"),
        format!("SELECT count(*) FROM samples WHERE {between}"),
        format!("SELECT count(*) FROM samples GROUP BY CUBE({})", (0..40).map(|at| format!("value + {at}")).collect::<Vec<_>>().join(", ")),
        format!("SELECT count(*) FROM samples GROUP BY {}", ["CUBE(series, time, value)"; 10].join(", ")),
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n".into(),
    ] {
        let error = refused(&store, &sql).await;
        assert!(
            matches!(error.code, "MARU-0131" | "MARU-0135" | "MARU-0142" | "MARU-0145" | "MARU-0146" | "MARU-0147"),
            "{}: {error}",
            &sql[..200.min(sql.len())]
        );
    }
    insta::assert_snapshot!(refused(&store, &sums(4, 100)).await, @"Written out, an expression has over 50000 terms. [MARU-0145] `SELECT * FROM maru_columns` lists what there is.");
    insta::assert_snapshot!(refused(&store, &doubled("CROSS JOIN")).await, @"The statement is too large. It reads 1729382256910270464 tables and sub-queries; 100 are allowed. [MARU-0135] Ask for less at a time.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_ask_is_not_taken_for_harm() {
    let (_folder, store) = victim().await;
    let ids = (0..3_000).map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
    for sql in [
        "SELECT * FROM samples".to_owned(),
        "SELECT * FROM lines l, samples s WHERE s.time = l.time".into(),
        "SELECT date_trunc('hour', time) AS hour, series, avg(value), approx_percentile_cont(value, 0.95) FROM samples GROUP BY 1, 2 ORDER BY 1".into(),
        "SELECT time, value, avg(value) OVER (PARTITION BY series ORDER BY time ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) FROM samples".into(),
        "SELECT value - lag(value) OVER (PARTITION BY series ORDER BY time) AS change FROM samples".into(),
        "SELECT labels['job'], array_agg(DISTINCT text), string_agg(text, ', ') FROM lines GROUP BY 1".into(),
        "SELECT upper(trim(replace(coalesce(text, 'none'), 'o', '0'))) || '!' FROM lines".into(),
        "SELECT concat_ws(', ', text, labels['job'], CAST(count AS VARCHAR)) FROM lines".into(),
        "SELECT unnest(map_keys(labels)), unnest(map_values(labels)) FROM lines".into(),
        "SELECT split_part(text, 'o', 1), regexp_replace(text, 'o+', 'x', 'g'), to_char(time, '%Y-%m-%d %H:%M') FROM lines".into(),
        "SELECT a.series, (SELECT max(b.value) FROM samples b WHERE b.series = a.series) FROM samples a WHERE a.value < 10".into(),
        "SELECT corr(a.value, b.value) FROM samples a JOIN samples b ON a.time = b.time WHERE a.series = 1".into(),
        format!("SELECT count(*) FROM samples WHERE series IN ({ids})"),
        format!("SELECT {} FROM samples", (0..200).map(|at| format!("value + {at} AS v{at}")).collect::<Vec<_>>().join(", ")),
        format!("SELECT count(*) FROM samples WHERE {}", (0..300).map(|at| format!("series = {at}")).collect::<Vec<_>>().join(" OR ")),
        "SELECT count(*) FROM samples GROUP BY CUBE(series, value > 100)".into(),
        "SELECT * FROM generate_series(1, 10)".into(),
        "SELECT CASE WHEN value > 10 THEN 'high' ELSE 'low' END AS level, count(*) FROM samples GROUP BY level".into(),
    ] {
        // In a debug build on a busy machine even an honest query may take its second.
        match survived(&store, &sql).await {
            Err(error) if error.code != "MARU-0142" => panic!("{sql}: {error}"),
            _ => {}
        }
    }
}
