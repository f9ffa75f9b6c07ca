//! Input that no honest client sends, on each listener: it is refused with a status that tells the sender so, nothing of it is kept, and
//! the program lives on in the memory that it had. Never takes a refusal for enough: each test looks afterwards at what is there.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use flate2::{Compression, write::GzEncoder};
use futures::{Stream, StreamExt, stream};
use maru_tests::{
    Answer, Maru, now_ms,
    remote_write::{self, Series},
};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::{io::Write, time::Duration};

const MIB: u64 = 1 << 20;
/// How much memory may be taken for good by bodies of at most 16 MiB that are refused.
const ROOM: u64 = 256 * MIB;

/// A program, and how it was before.
struct Target {
    maru: Maru,
    resident: u64,
}

impl Target {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(environment: &[(&str, &str)]) -> Self {
        let setup = environment.iter().fold(Maru::setup(), |setup, (name, value)| setup.env(name, value));
        let maru = setup.up().await;
        let good = maru.write(remote_write::body(&[Series::new("good").sample(now_ms() - 60_000, 1.0)])).await.unwrap();
        assert!(good.status().is_success());
        maru.sql("SELECT count(*) FROM samples").await;
        let resident = maru.resident_bytes();
        Self { maru, resident }
    }

    /// Sends, and expects `status`, and `says` somewhere in the answer.
    async fn refuses(&self, what: &str, request: RequestBuilder, status: u16, says: &str) {
        let response = request.send().await.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"));
        let answer = Answer::of(response).await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {:.500}", answer.body.to_string());
        let text = answer.body.as_str().map_or_else(|| answer.body.to_string(), str::to_owned);
        assert!(text.contains(says), "{what} is told: {text}");
        assert!(text.len() < 4_096, "{what} is told at length: {} bytes", text.len());
    }

    /// The process is the same, as large as before, and holds what it held; honest clients are served.
    async fn assert_unharmed(mut self) {
        assert!(self.maru.is_running());
        let resident = self.maru.resident_bytes();
        assert!(resident < self.resident + ROOM, "it grew from {} to {} MiB", self.resident / MIB, resident / MIB);
        let rows = self.maru.sql("SELECT (SELECT count(*) FROM samples) AS samples, (SELECT count(*) FROM series) AS series").await;
        assert_eq!(rows, [[json!(1), json!(1)]], "samples and series: something of what was refused was kept");
        self.takes_honest_samples().await;
        let series = self.maru.ask("series.list", json!({})).await;
        assert_eq!(series["total"], 1, "{series}");
    }

    async fn takes_honest_samples(&self) {
        let body = remote_write::body(&[Series::new("good").sample(now_ms(), 2.0)]);
        let answer = Answer::of(self.maru.write(body).await.unwrap()).await;
        assert!(answer.status.is_success(), "an honest sender was answered {}: {}", answer.status, answer.body);
    }

    fn write(&self, content_type: &str, body: Vec<u8>) -> RequestBuilder {
        self.maru.post("/api/v1/write", content_type, body).header("content-encoding", "snappy")
    }
}

/// A protobuf field with a length of its own word.
fn field(number: u8, length: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    bytes.extend(varint(length));
    bytes.extend_from_slice(content);
    bytes
}

fn whole(number: u8, content: &[u8]) -> Vec<u8> {
    field(number, content.len() as u64, content)
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A snappy block that claims to hold `bytes`, and holds `content`.
fn claiming(bytes: u64, content: &[u8]) -> Vec<u8> {
    let mut block = varint(bytes);
    block.extend_from_slice(content);
    block
}

#[tokio::test]
async fn remote_write_bodies_that_cannot_be_read() {
    let target = Target::new().await;
    let good = remote_write::message(&[Series::new("bad").sample(now_ms(), 1.0)]);
    let packed = remote_write::packed(&good);
    for version in [remote_write::V1, remote_write::V2] {
        for (what, body) in [
            ("nothing but noise", vec![0xFF; 100]),
            ("no snappy", good.clone()),
            ("half a block", packed[..packed.len() / 2].to_vec()),
            ("a block that claims 4 GiB", claiming(u64::from(u32::MAX), &packed[1..])),
            ("a block that claims more than there are bytes", claiming(1 << 50, &packed[1..])),
            ("a bomb of 64 MiB", remote_write::packed(&vec![0; 64 << 20])),
            ("a bomb of 30 MiB", remote_write::packed(&vec![0; 30 << 20])),
            ("noise in a block", remote_write::packed(&[0xFF; 1_000])),
            ("a field longer than the message", remote_write::packed(&field(5, 1 << 40, b"short"))),
            ("a field of negative length", remote_write::packed(&field(1, u64::MAX, b""))),
            ("a varint without end", remote_write::packed(&[0x80; 64])),
            ("a group without end", remote_write::packed(&[0x0B])),
        ] {
            target.refuses(&format!("{version}: {what}"), target.write(version, body), 400, "MARU-0202").await;
        }
    }
    for (what, message) in [
        ("a message cut off", good[..good.len() - 3].to_vec()),
        (
            "a label that is no text",
            whole(1, &[whole(1, &[whole(1, b"__name__"), whole(2, &[0xFF, 0xFE])].concat()), good[2..].to_vec()].concat()),
        ),
    ] {
        target.refuses(what, target.write(remote_write::V1, remote_write::packed(&message)), 400, "MARU-0202").await;
    }
    target.assert_unharmed().await;
}

#[tokio::test]
async fn remote_write_series_that_cannot_be_kept() {
    let target = Target::new().await;
    let (now, bad) = (now_ms(), || Series::new("bad"));
    let many = (0..1_000).fold(bad(), |series, number| series.label(&format!("label_{number:04}"), "x"));
    let long = (0..60).fold(bad(), |series, number| series.label(&format!("label_{number:02}"), &"x".repeat(4_000)));
    let (day, year) = (86_400_000, 31_557_600_000);
    let cases = [
        ("a label of a megabyte", bad().label("long", &"x".repeat(1 << 20)).sample(now, 1.0), "label_value_too_long"),
        ("a label name of a megabyte", bad().label(&"x".repeat(1 << 20), "x").sample(now, 1.0), "label_name_too_long"),
        ("a metric name of a megabyte", Series::new(&"x".repeat(1 << 20)).sample(now, 1.0), "too_long"),
        ("a thousand labels", many.sample(now, 1.0), "too_many_labels"),
        ("labels of a quarter megabyte together", long.sample(now, 1.0), "series_too_long"),
        ("a label without a name", bad().label("", "x").sample(now, 1.0), "empty_label_name"),
        ("a label twice", bad().label("a", "x").label("a", "y").sample(now, 1.0), "duplicate_label"),
        ("no name", Series::default().label("a", "x").sample(now, 1.0), "no_name"),
        ("an empty name", Series::new("").sample(now, 1.0), "no_name"),
        ("the year 1900", bad().sample(-70 * year, 1.0), "too_old"),
        ("the year 1970", bad().sample(1, 1.0), "too_old"),
        ("last year", bad().sample(now - 366 * day, 1.0), "too_old"),
        ("tomorrow", bad().sample(now + day, 1.0), "too_new"),
        ("the year 2300", bad().sample(now + 275 * year, 1.0), "too_new"),
        ("the first moment there is", bad().sample(i64::MIN, 1.0), "too_old"),
        ("the last moment there is", bad().sample(i64::MAX, 1.0), "too_new"),
    ];
    for (what, series, says) in cases {
        let series = [series];
        target.refuses(what, target.write(remote_write::V1, remote_write::body(&series)), 400, says).await;
        target.refuses(what, target.write(remote_write::V2, remote_write::body_v2(&series)), 400, says).await;
    }
    // In Prometheus these are no mistakes: there is nothing to say, and nothing is kept.
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let series = [bad().sample(now, value)];
        for (version, body) in [(remote_write::V1, remote_write::body(&series)), (remote_write::V2, remote_write::body_v2(&series))] {
            let answer = target.write(version, body).send().await.unwrap();
            assert_eq!(answer.status(), 204, "{value}");
        }
    }
    target.assert_unharmed().await;
}

#[tokio::test]
async fn what_is_good_in_a_body_is_kept_and_the_rest_is_told() {
    let target = Target::new().await;
    let now = now_ms();
    let body = remote_write::body(&[
        Series::new("half").label("lane", "a").sample(now - 2, 1.0).sample(now - 1, f64::NAN).sample(now, 3.0),
        Series::new("half").label("lane", "b").sample(1, 1.0),
        Series::new("half").label("lane", "c").sample(now, 4.0),
    ]);
    target.refuses("half a body", target.write(remote_write::V1, body.clone()), 400, "1 sample refused: 1 too_old").await;
    target.refuses("the same once more", target.write(remote_write::V1, body), 400, "1 sample refused").await;
    let sql = "SELECT labels['lane'], value FROM samples JOIN series ON samples.series = series.series WHERE name = 'half' ORDER BY 1, 2";
    assert_eq!(target.maru.sql(sql).await, [[json!("a"), json!(1.0)], [json!("a"), json!(3.0)], [json!("c"), json!(4.0)]]);
}

#[tokio::test]
async fn requests_that_are_not_what_they_say() {
    let target = Target::with(&[("MARU_LIMITS_MAX_BODY_BYTES", "2097152")]).await;
    let maru = &target.maru;
    let packed = remote_write::body(&[Series::new("bad").sample(now_ms(), 1.0)]);
    let large = vec![b' '; 4 << 20];
    for (what, request, status) in [
        ("remote write as JSON", maru.post("/api/v1/write", "application/json", packed.clone()), 415),
        (
            "remote write of a version to come",
            target.write("application/x-protobuf;proto=io.prometheus.write.v9.Request", packed.clone()),
            415,
        ),
        ("remote write without a type", maru.client().post(format!("{}/api/v1/write", maru.url())).body(packed.clone()), 415),
        (
            "remote write packed otherwise",
            maru.post("/api/v1/write", remote_write::V1, packed.clone()).header("content-encoding", "zstd"),
            415,
        ),
        ("OTLP as text", maru.post("/v1/metrics", "text/plain", "hello"), 415),
        ("OTLP packed otherwise", maru.post("/v1/metrics", "application/json", "{}").header("content-encoding", "br"), 415),
        ("gRPC that is none", maru.post("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "application/json", "{}"), 415),
        ("a GET where a POST belongs", maru.client().get(format!("{}/api/v1/write", maru.url())), 405),
        ("an operation as text", maru.post("/api/v1/sql/query", "text/plain", "{}").bearer_auth(maru.token()), 415),
        ("remote write that is too large", target.write(remote_write::V1, large.clone()), 413),
        ("OTLP that is too large", maru.post("/v1/metrics", "application/json", large.clone()), 413),
        ("OTLP that is too large, as protobuf", maru.post("/v1/metrics", "application/x-protobuf", large.clone()), 413),
        (
            "an operation with a large body",
            maru.post("/api/v1/sql/query", "application/json", large.clone()).bearer_auth(maru.token()),
            413,
        ),
    ] {
        target.refuses(what, request, status, "MARU-0").await;
    }
    // One that says nothing of its length, and never seems to end.
    let endless = reqwest::Body::wrap_stream(endless());
    let request = maru.client().post(format!("{}/api/v1/write", maru.url())).header("content-type", remote_write::V1).body(endless);
    // The answer comes while it is still being sent; a client may see that, or only that the connection is gone.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), 413);
    }
    target.assert_unharmed().await;
}

/// A gigabyte, piece by piece.
fn endless() -> impl Stream<Item = std::io::Result<Vec<u8>>> {
    stream::repeat_with(|| Ok(vec![0; 64 << 10])).take(16_384)
}

/// OTLP JSON with one gauge of one point.
fn gauge(attributes: &Value, point: &Value) -> String {
    let mut point = point.clone();
    point["attributes"] = attributes.clone();
    let metric = json!({"name": "bad", "gauge": {"dataPoints": [point]}});
    json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).to_string()
}

#[tokio::test]
async fn otlp_that_cannot_be_read() {
    let target = Target::new().await;
    let maru = &target.maru;
    let json = |body: String| maru.post("/v1/metrics", "application/json", body);
    let deep = |open: &str, close: &str, depth: usize| format!("{{\"resourceMetrics\":{}{}}}", open.repeat(depth), close.repeat(depth));
    for (what, body) in [
        ("no JSON", "hello".to_owned()),
        ("half of it", "{\"resourceMetrics\":[{".to_owned()),
        ("an array", "[1]".to_owned()),
        ("a word for a list", "{\"resourceMetrics\":\"all\"}".to_owned()),
        ("a deep list", deep("[", "]", 100_000)),
        ("a deep object", deep("{\"resource\":", "}", 100_000)),
    ] {
        target.refuses(what, json(body), 400, "MARU-0202").await;
    }
    let mut deep = Vec::new();
    for _ in 0..5_000 {
        // Each level: ArrayValue in AnyValue.
        deep = whole(5, &whole(1, &deep));
    }
    let resource = whole(1, &whole(1, &[whole(1, b"deep"), whole(2, &deep)].concat()));
    for (what, body) in [
        ("noise", vec![0xFF; 100]),
        ("a field longer than the message", field(1, 1 << 40, b"short")),
        ("a value in a value in a value", whole(1, &resource)),
    ] {
        target.refuses(what, maru.post("/v1/metrics", "application/x-protobuf", body), 400, "MARU-0202").await;
    }
    for (what, body, status) in [("no gzip", b"hello".to_vec(), 400), ("half a gzip", bomb()[..20].to_vec(), 400), ("a bomb", bomb(), 413)]
    {
        let request = maru.post("/v1/metrics", "application/json", body).header("content-encoding", "gzip");
        target.refuses(what, request, status, "MARU-03").await;
    }
    target.assert_unharmed().await;
}

/// Unpacks to 320 MiB of zeros.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 32 << 20]).unwrap();
    // Members may stand behind one another.
    encoder.finish().unwrap().repeat(10)
}

#[tokio::test]
async fn otlp_points_that_cannot_be_kept() {
    let target = Target::new().await;
    let now = format!("{}000000", now_ms());
    let value = |value: Value| json!({"timeUnixNano": now, "asDouble": value});
    let text = |name: &str, text: &str| json!({"key": name, "value": {"stringValue": text}});
    let many: Value = (0..1_000).map(|number| text(&format!("label_{number}"), "x")).collect();
    for (what, body, says) in [
        ("the year 1970", gauge(&json!([]), &json!({"timeUnixNano": "1000000", "asDouble": 1})), "too_old"),
        ("the year 2554", gauge(&json!([]), &json!({"timeUnixNano": u64::MAX.to_string(), "asDouble": 1})), "too_new"),
        ("no time", gauge(&json!([]), &json!({"asDouble": 1})), "no_time"),
        ("not a number", gauge(&json!([]), &value(json!("NaN"))), "not a number"),
        ("infinity", gauge(&json!([]), &value(json!("Infinity"))), "1 sample refused"),
        ("a megabyte", gauge(&json!([text("long", &"x".repeat(1 << 20))]), &value(json!(1))), "too_long"),
        ("a thousand labels", gauge(&many, &value(json!(1))), "too_many_labels"),
    ] {
        // OTLP tells of points that were refused in an answer of 200, so that they are not sent again.
        let answer = Answer::of(target.maru.post("/v1/metrics", "application/json", body).send().await.unwrap()).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.body);
        assert_eq!(answer.body["partialSuccess"]["rejectedDataPoints"], "1", "{what}: {}", answer.body);
        let told = answer.body["partialSuccess"]["errorMessage"].as_str().unwrap();
        assert!(told.contains(says) && told.len() < 4_096, "{what} is told: {told}");
    }
    for (value, says) in [(f64::NAN, "not_a_number"), (f64::INFINITY, "infinite"), (f64::NEG_INFINITY, "infinite")] {
        let request = target.maru.post("/v1/metrics", "application/x-protobuf", gauge_message(now_ms(), value));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{value}");
        let told = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        assert!(told.contains(says), "{value} is told: {told}");
    }
    target.assert_unharmed().await;
}

/// OTLP protobuf with one gauge of one point.
fn gauge_message(time_ms: i64, value: f64) -> Vec<u8> {
    let time_ns = u64::try_from(time_ms).unwrap() * 1_000_000;
    let point = [&[3 << 3 | 1][..], &time_ns.to_le_bytes(), &[4 << 3 | 1], &value.to_le_bytes()].concat();
    let metric = [whole(1, b"bad"), whole(5, &whole(1, &point))].concat();
    whole(1, &whole(2, &whole(2, &metric)))
}

#[tokio::test]
async fn grpc_that_cannot_be_read() {
    let target = Target::new().await;
    let client = Client::builder().http2_prior_knowledge().no_proxy().build().unwrap();
    let url = format!("{}/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", target.maru.url());
    let frame = |length: u32, content: &[u8]| [&[0][..], &length.to_be_bytes(), content].concat();
    for (what, body, codes) in [
        ("noise", frame(100, &[0xFF; 100]), &["3", "13"][..]),
        ("a message that claims 4 GiB", frame(u32::MAX, b"short"), &["8", "11"]),
        ("a message that claims more than there is", frame(1_000, b"short"), &["13", "3", "2"]),
        ("a message that is too large", frame(40 << 20, &vec![0; 40 << 20]), &["8", "11"]),
        ("a flag that nobody knows", [&[7][..], &frame(0, b"")[1..]].concat(), &["13", "3"]),
    ] {
        let sent = client.post(&url).header("content-type", "application/grpc").header("te", "trailers").body(body).send().await;
        // A server may also reset a stream whose sender goes on after the refusal.
        if let Ok(response) = sent {
            let status = response.headers().get("grpc-status").map(|status| status.to_str().unwrap().to_owned());
            assert!(status.as_deref().is_some_and(|status| codes.contains(&status)), "{what}: {status:?}, {:?}", response.headers());
        }
    }
    target.assert_unharmed().await;
}

#[tokio::test]
async fn operations_with_wrong_input() {
    let target = Target::new().await;
    let maru = &target.maru;
    let call = |path: &str, body: String| maru.post(&format!("/api/v1/{path}"), "application/json", body).bearer_auth(maru.token());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (what, path, body, status, says) in [
        ("no JSON", "sql/query", "hello".to_owned(), 400, "MARU-0367"),
        ("half of it", "sql/query", "{\"sql\":".to_owned(), 400, "MARU-0367"),
        ("deep JSON", "sql/query", deep, 400, "MARU-0367"),
        ("an array", "sql/query", "[]".to_owned(), 422, "MARU-0010"),
        ("nothing", "sql/query", "{}".to_owned(), 422, "needs the field `sql`"),
        ("another field", "sql/query", "{\"sqll\": \"SELECT 1\"}".to_owned(), 422, "Did you mean `sql`?"),
        ("a field beside", "series/list", "{\"limits\": 1}".to_owned(), 422, "Did you mean `limit`?"),
        ("another type", "sql/query", "{\"sql\": 1}".to_owned(), 422, "`sql`"),
        ("less than nothing", "series/list", "{\"limit\": -1}".to_owned(), 422, "`limit`"),
        ("more than fits", "series/list", "{\"limit\": 99999999999999999999}".to_owned(), 422, "`limit`"),
        ("no series", "series/read", "{\"id\": \"../../etc/passwd\"}".to_owned(), 422, "`id`"),
        ("a series that is not there", "series/read", "{\"id\": \"1\"}".to_owned(), 404, "MARU-0"),
        ("no moment", "anomaly/list", "{\"since\": \"yesterday\"}".to_owned(), 422, "`since`"),
        ("a moment long gone", "anomaly/list", "{\"since\": \"-99999999999999999999d\"}".to_owned(), 422, "`since`"),
        ("no such operation", "sql/drop", "{}".to_owned(), 404, "MARU-0"),
        ("no such noun", "passwd/read", "{}".to_owned(), 404, "MARU-0"),
        ("a scope that is none", "token/create", "{\"name\": \"x\", \"scope\": \"root\"}".to_owned(), 422, "`scope`"),
    ] {
        target.refuses(what, call(path, body), status, says).await;
    }
    target.assert_unharmed().await;
}

#[tokio::test]
async fn sql_that_does_more_than_read() {
    let target = Target::new().await;
    let written = target.maru.data().join("written.csv");
    for (sql, says) in [
        ("SELECT * FROM '/etc/passwd'", "not found"),
        ("SELECT * FROM '/etc/passwd.csv'", "not found"),
        ("SELECT * FROM \"token\".\"csv\"", "not found"),
        ("SELECT * FROM 'https://example.com/a.parquet'", "not found"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT * FROM read_parquet('history/samples')", "read_parquet"),
        ("SELECT pg_read_file('/etc/passwd')", "pg_read_file"),
        ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "MARU-0134"),
        (&format!("COPY (SELECT 1) TO '{}'", written.display()), "MARU-0134"),
        ("CREATE TABLE t AS SELECT 1", "MARU-0134"),
        ("CREATE VIEW v AS SELECT 1", "MARU-0134"),
        ("CREATE FUNCTION f() RETURNS INT RETURN 1", "MARU-0134"),
        ("INSERT INTO samples VALUES (1, now(), 1.0)", "MARU-0134"),
        ("WITH a AS (SELECT 1) INSERT INTO samples SELECT * FROM a", "MARU-013"),
        ("UPDATE samples SET value = 0", "MARU-0134"),
        ("DELETE FROM samples", "MARU-0134"),
        ("TRUNCATE samples", "MARU-0134"),
        ("DROP TABLE samples", "MARU-0134"),
        ("SET datafusion.execution.target_partitions = 64", "MARU-0134"),
        ("SHOW ALL", "MARU-0134"),
        ("PREPARE p AS SELECT 1", "MARU-0134"),
        ("EXPLAIN ANALYZE DELETE FROM samples", "MARU-0134"),
        ("SELECT 1; DROP TABLE samples", "MARU-0133"),
        ("SELECT password_hash FROM users", "password_hash"),
        ("SELECT secret_hash FROM sessions", "secret_hash"),
        ("SELECT csrf FROM sessions", "csrf"),
        ("SELECT secret_hash FROM api_tokens", "secret_hash"),
        ("SELECT code_hash FROM sign_in_links", "sign_in_links"),
        ("SELECT * FROM seaql_migrations", "not found"),
        ("SELECT * FROM sqlite_master", "not found"),
        ("", "MARU-0132"),
        (&format!("SELECT '{}'", "x".repeat(1 << 17)), "MARU-0130"),
        (&format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000)), "MARU-013"),
    ] {
        let request = target.maru.post("/api/v1/sql/query", "application/json", json!({"sql": sql}).to_string());
        let shown: String = sql.chars().take(80).collect();
        target.refuses(&shown, request.bearer_auth(target.maru.token()), 422, says).await;
    }
    assert!(!written.exists());
    target.assert_unharmed().await;
}

/// The product of ten tables of ten rows, of which hardly any row passes.
fn endless_sql() -> String {
    let tables: Vec<String> = ('a'..='j').map(|name| format!("(VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) {name}(x)")).collect();
    let sum: Vec<String> = ('a'..='j').map(|name| format!("{name}.x")).collect();
    format!("SELECT count(*) FROM {} WHERE {} = 7", tables.join(", "), sum.join(" + "))
}

#[tokio::test]
async fn sql_that_never_ends() {
    let target = Target::with(&[("MARU_LIMITS_SQL_SECONDS", "2")]).await;
    for sql in [
        endless_sql(),
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t".to_owned(),
        "SELECT count(*) FROM generate_series(1, 1000000000000)".to_owned(),
        "SELECT unnest(range(1, 1000000000000))".to_owned(),
    ] {
        let started = tokio::time::Instant::now();
        let answer = target.maru.call("sql.query", json!({"sql": sql})).await;
        assert!(matches!(answer.status.as_u16(), 422 | 504), "`{sql}` was answered {}: {}", answer.status, answer.body);
        assert!(started.elapsed() < Duration::from_secs(20), "`{sql}` took {:?}", started.elapsed());
        // What was stopped has stopped: others are served as ever.
        target.maru.sql("SELECT count(*) FROM samples").await;
    }
    target.assert_unharmed().await;
}

#[tokio::test]
async fn sql_that_nests_without_brackets() {
    let mut target = Target::new().await;
    for (what, sql) in [
        ("a long sum", format!("SELECT 1{}", " + 1".repeat(10_000))),
        ("a long condition", format!("SELECT 1 WHERE 1 = 1{}", " AND 1 = 1".repeat(5_000))),
        ("a long negation", format!("SELECT {} true", "NOT ".repeat(10_000))),
        ("a long sign", format!("SELECT {} 1", "- ".repeat(10_000))),
        ("a long union", format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(3_000))),
        ("a long chain of casts", format!("SELECT 1{}", "::int".repeat(10_000))),
        ("a long join", format!("SELECT 1 FROM series{}", " JOIN series USING (series)".repeat(2_000))),
        ("a long list", format!("SELECT 1 WHERE 1 IN (1{})", ", 1".repeat(10_000))),
    ] {
        let answer = target.maru.client().post(format!("{}/api/v1/sql/query", target.maru.url())).bearer_auth(target.maru.token());
        let answer = answer.json(&json!({"sql": sql})).send().await;
        assert!(target.maru.is_running(), "{what} of {} bytes ended the program", sql.len());
        let answer = Answer::of(answer.unwrap()).await;
        assert!(matches!(answer.status.as_u16(), 200 | 422 | 504), "{what} was answered {}: {}", answer.status, answer.body);
    }
    target.assert_unharmed().await;
}

#[tokio::test]
async fn sql_that_makes_much_of_little() {
    let mut target = Target::with(&[("MARU_LIMITS_MEMORY_BYTES", "67108864")]).await;
    let hundred = "a".repeat(100);
    let replaced = (0..4).fold("'aaaa'".to_owned(), |text, _| format!("replace({text}, 'a', '{hundred}')"));
    let doubled = (0..29).fold("SELECT 'a' AS v".to_owned(), |inner, _| format!("SELECT v || v AS v FROM ({inner})"));
    let rows: Vec<String> = (0..8).map(|number| format!("(VALUES (1),(2),(3),(4)) t{number}(x{number})")).collect();
    for (what, sql) in [
        ("a value of 400 MB by replacing", format!("SELECT length({replaced})")),
        ("a value of 512 MB by doubling", format!("SELECT length(v) FROM ({doubled})")),
        ("a long value in each of many rows", format!("SELECT max(length(concat('{}', x0))) FROM {}", "a".repeat(50_000), rows.join(", "))),
        ("a value of 1 GB by repeating", "SELECT length(repeat('a', 1000000000))".to_owned()),
        ("a list of all rows", format!("SELECT array_agg(concat('{}', x0)) FROM {}", "a".repeat(10_000), rows.join(", "))),
    ] {
        let answer = target.maru.call("sql.query", json!({"sql": sql})).await;
        let wild = format!("{what} was answered {}: {:.300}", answer.status, answer.body.to_string());
        assert!(target.maru.is_running(), "{wild}");
        let resident = target.maru.resident_bytes();
        assert!(resident < target.resident + ROOM, "{wild}; memory grew from {} to {} MiB", target.resident / MIB, resident / MIB);
        assert!(matches!(answer.status.as_u16(), 200 | 422 | 504), "{wild}");
    }
    target.assert_unharmed().await;
}
