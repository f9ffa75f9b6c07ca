//! More than Maru can take: senders are told to come back, memory stays bounded, slow and idle peers lose their places, and afterwards all
//! is as before. Loads no more than a test machine can bear, and never measures speed.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use maru_tests::{
    Answer, Maru, now_ms,
    remote_write::{self, Series},
    until,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

const MIB: u64 = 1 << 20;
/// Bodies of metrics that are worked on at a time.
const WRITES: usize = 32;
/// Connections that are open at a time.
const CONNECTIONS: usize = 2_048;

/// Answers by status; each of `429` says when to come back.
async fn counted(answers: Vec<Answer>) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for answer in answers {
        if answer.status == 429 {
            assert!(answer.retry_after().is_some_and(|seconds| (1..=60).contains(&seconds)), "when to come back: {:?}", answer.headers);
            assert!(answer.body.to_string().contains("MARU-0"), "{}", answer.body);
        }
        *statuses.entry(answer.status.as_u16()).or_default() += 1;
    }
    statuses
}

async fn takes_honest_samples(maru: &Maru) {
    until("an honest sender is served", Duration::from_secs(60), async || {
        let body = remote_write::body(&[Series::new("honest").sample(now_ms(), 1.0)]);
        let answer = Answer::of(maru.write(body).await.ok()?).await;
        answer.status.is_success().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_by_writes_is_answered_429_and_stays_in_bounded_memory() {
    let maru = Arc::new(Maru::setup().env("MARU_LIMITS_INGEST_BUFFER_BYTES", "16777216").env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await);
    takes_honest_samples(&maru).await;
    let before = maru.resident_bytes();
    let peak = watch_memory(&maru);

    // Each sender writes series of its own, 20,000 samples a body: together far more than may wait.
    let (start_ms, sent) = (now_ms() - 3_600_000, Arc::new(AtomicI64::new(0)));
    let mut senders = JoinSet::new();
    for sender in 0..96 {
        let (maru, sent) = (maru.clone(), sent.clone());
        senders.spawn(async move {
            let series = |lane: i64| {
                let series = Series::new("flood").label("lane", &lane.to_string()).label("sender", &sender.to_string());
                (0..1_000).fold(series, |series, step| series.sample(start_ms + step, (step * lane) as f64))
            };
            let body = remote_write::body(&(0..20).map(series).collect::<Vec<_>>());
            let mut answers = Vec::new();
            // The first of these is refused for want of a place, or of room; the sender comes again, as told.
            for _ in 0..40 {
                let answer = Answer::of(maru.write(body.clone()).await.unwrap()).await;
                let (status, wait) = (answer.status, answer.retry_after());
                answers.push(answer);
                if status.is_success() {
                    sent.fetch_add(20_000, Ordering::Relaxed);
                    break;
                }
                sleep(Duration::from_secs(wait.unwrap_or(1).min(2))).await;
            }
            answers
        });
    }
    let answers = senders.join_all().await.into_iter().flatten().collect();
    let statuses = counted(answers).await;
    assert!(statuses.get(&429).is_some_and(|count| *count > 0), "nobody was told to slow down: {statuses:?}");
    assert!(statuses.keys().all(|status| matches!(status, 204 | 429)), "{statuses:?}");
    assert_eq!(statuses[&204], 96, "whoever comes again gets in: {statuses:?}");

    let peak = peak.stop().await;
    assert!(peak < before + 768 * MIB, "memory grew from {} to {} MiB", before / MIB, peak / MIB);
    takes_honest_samples(&maru).await;
    let sql = "SELECT count(*) FROM samples JOIN series ON samples.series = series.series WHERE name = 'flood'";
    assert_eq!(maru.count(sql).await, sent.load(Ordering::Relaxed), "what was acknowledged is there, once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_by_large_bodies_stays_in_bounded_memory() {
    let maru = Arc::new(Maru::setup().env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await);
    takes_honest_samples(&maru).await;
    let before = maru.resident_bytes();
    let peak = watch_memory(&maru);
    // Three times as many as there are places, each as large as it may be unpacked: two samples for each of many series.
    let mut senders = JoinSet::new();
    for sender in 0..3 * WRITES {
        let maru = maru.clone();
        let label = format!("sender {} of many, whose labels are as long as they tend to be", sender % 4);
        senders.spawn(async move {
            let now = now_ms();
            let series = |lane: usize| {
                Series::new("large").label("lane", &lane.to_string()).label("sender", &label).sample(now - 1, 1.0).sample(now, 2.0)
            };
            let body = remote_write::body(&(0..30_000).map(series).collect::<Vec<_>>());
            Answer::of(maru.write(body).await.unwrap()).await
        });
    }
    let statuses = counted(senders.join_all().await).await;
    assert!(statuses.keys().all(|status| matches!(status, 204 | 400 | 429)), "{statuses:?}");
    assert!(statuses.get(&204).is_some_and(|count| *count > 0), "{statuses:?}");
    let peak = peak.stop().await;
    assert!(peak < before + 1_536 * MIB, "memory grew from {} to {} MiB", before / MIB, peak / MIB);
    takes_honest_samples(&maru).await;
}

/// Looks at the memory of the program until it is told to stop.
struct MemoryWatch {
    stop: Arc<AtomicBool>,
    looking: tokio::task::JoinHandle<u64>,
}

fn watch_memory(maru: &Arc<Maru>) -> MemoryWatch {
    let (maru, stop) = (maru.clone(), Arc::new(AtomicBool::new(false)));
    let looking = tokio::spawn({
        let stop = stop.clone();
        async move {
            let mut peak = 0;
            while !stop.load(Ordering::Relaxed) {
                peak = peak.max(maru.resident_bytes());
                sleep(Duration::from_millis(20)).await;
            }
            peak
        }
    });
    MemoryWatch { stop, looking }
}

impl MemoryWatch {
    async fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.looking.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_by_queries_is_answered_429_and_leaves_other_operations_alone() {
    let maru = Arc::new(Maru::setup().env("MARU_LIMITS_SQL_SECONDS", "5").up().await);
    takes_honest_samples(&maru).await;
    let mut queries = JoinSet::new();
    for _ in 0..150 {
        let maru = maru.clone();
        queries.spawn(async move {
            let ten = "(VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10))";
            let sql = format!("SELECT a.x, count(DISTINCT concat(b.x, c.x, d.x, e.x, f.x)) FROM {ten} a(x), {ten} b(x), {ten} c(x), {ten} d(x), {ten} e(x), {ten} f(x) GROUP BY a.x");
            maru.call("sql.query", json!({"sql": sql})).await
        });
    }
    let statuses = counted(queries.join_all().await).await;
    assert!(statuses.get(&429).is_some_and(|count| *count > 0), "nobody was told to wait: {statuses:?}");
    assert!(statuses.keys().all(|status| matches!(status, 200 | 422 | 429 | 504)), "{statuses:?}");
    maru.ask("series.list", json!({})).await;
    let end = Duration::from_secs(20);
    until("queries have places again", end, async || {
        maru.call("sql.query", json!({"sql": "SELECT 1"})).await.status.is_success().then_some(())
    })
    .await;
}

/// A connection of its own.
async fn connect(maru: &Maru) -> TcpStream {
    let address = maru.url().strip_prefix("http://").unwrap().to_owned();
    timeout(Duration::from_secs(60), TcpStream::connect(address)).await.expect("a connection in time").unwrap()
}

/// What the peer sends until it hangs up; fails when it does not within `longest`.
async fn rest(stream: &mut TcpStream, longest: Duration) -> String {
    let mut said = Vec::new();
    // A reset is an end like any other.
    let _ = timeout(longest, stream.read_to_end(&mut said)).await.expect("the slow peer is cut off");
    String::from_utf8_lossy(&said).into_owned()
}

/// Announces a body, sends a byte of it now and then, and answers what that is answered.
async fn slow_body(mut stream: TcpStream, longest: Duration) -> String {
    let head = "POST /api/v1/write HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\ncontent-length: 1000\r\n\r\n";
    let _ = stream.write_all(head.as_bytes()).await;
    for _ in 0..4 {
        let _ = stream.write_all(b"x").await;
        sleep(Duration::from_secs(2)).await;
    }
    rest(&mut stream, longest).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_by_slow_peers_ends_by_itself() {
    let maru = Arc::new(Maru::start().await);
    let longest = Duration::from_secs(100);
    let started = Instant::now();

    let silent = tokio::spawn({
        let mut stream = connect(&maru).await;
        async move { rest(&mut stream, longest).await }
    });
    let headers = tokio::spawn({
        let mut stream = connect(&maru).await;
        async move {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
            // A header a second, until the other side has had enough.
            for number in 0..200 {
                sleep(Duration::from_secs(1)).await;
                if stream.write_all(format!("x-{number}: y\r\n").as_bytes()).await.is_err() {
                    return number;
                }
            }
            200
        }
    });
    // As long as slow bodies hold all places, others are told to come back, and what is not a write goes on.
    let mut bodies = JoinSet::new();
    let refused = until("all places are taken", Duration::from_secs(10), async || {
        for _ in 0..WRITES {
            bodies.spawn(slow_body(connect(&maru).await, longest));
        }
        let body = remote_write::body(&[Series::new("honest").sample(now_ms(), 1.0)]);
        Some(Answer::of(maru.write(body).await.ok()?).await).filter(|answer| answer.status == 429)
    });
    assert_eq!(counted(vec![refused.await]).await, BTreeMap::from([(429, 1)]));
    maru.ask("series.list", json!({})).await;

    let said = bodies.join_all().await;
    let [slow, refused] = ["HTTP/1.1 408", "HTTP/1.1 429"].map(|status| said.iter().filter(|said| said.starts_with(status)).count());
    assert_eq!((slow, slow + refused), (WRITES, said.len()), "places are held by {WRITES} and no more: {said:?}");
    takes_honest_samples(&maru).await;
    assert_eq!(silent.await.unwrap(), "", "whoever says nothing is answered nothing");
    let headers = headers.await.unwrap();
    assert!(headers < 100, "slow headers were listened to for {headers} s");
    assert!(started.elapsed() < longest, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_by_connections_ends_by_itself() {
    let maru = Arc::new(Maru::start().await);
    takes_honest_samples(&maru).await;
    let before = maru.resident_bytes();
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS + 200 {
        idle.push(connect(&maru).await);
    }
    let grown = maru.resident_bytes().saturating_sub(before);
    assert!(grown < 256 * MIB, "{} idle connections take {} MiB", idle.len(), grown / MIB);
    // They are still open on this side, and lose their places on the other.
    takes_honest_samples(&maru).await;
    drop(idle);
    assert!(maru.sql("SELECT 1").await.len() == 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_by_connections_leaves_files_to_the_store() {
    // What Debian gives a program, unless it asks for more.
    let maru = Arc::new(Maru::setup().under(&["prlimit", "--nofile=1024:"]).env("MARU_HISTORY_FLUSH_SECONDS", "1").up().await);
    takes_honest_samples(&maru).await;
    until("there is a part to read", Duration::from_secs(20), async || {
        let table = maru.ask("table.list", json!({})).await;
        table["tables"]
            .as_array()
            .unwrap()
            .iter()
            .any(|table| table["name"] == "samples" && table["bytes"].as_u64() > Some(0))
            .then_some(())
    })
    .await;
    let mut kept = connect(&maru).await;
    let body = json!({"sql": "SELECT sum(value) FROM samples"}).to_string();
    let head =
        format!("POST /api/v1/sql/query HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nconnection: close\r\n", maru.token());
    kept.write_all(head.as_bytes()).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..1_200 {
        idle.push(connect(&maru).await);
    }
    sleep(Duration::from_secs(1)).await;
    let started = Instant::now();
    let rest_of_head = format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    kept.write_all(rest_of_head.as_bytes()).await.unwrap();
    let said = rest(&mut kept, Duration::from_secs(60)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said:.300}");
    assert!(started.elapsed() < Duration::from_secs(5), "a query waited {:?} for files", started.elapsed());
    assert!(!maru.log().contains("Too many open files"), "{}", maru.log());
}
