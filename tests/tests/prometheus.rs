//! Debian's Prometheus writes to the program, and is scraped by it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use maru_tests::{Labels, Maru, Prometheus, free_port, until};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Write,
    time::Duration,
};

/// How long samples may take from their source to the program's tables.
const ARRIVAL: Duration = Duration::from_secs(60);

/// A Prometheus that scrapes itself and the program each second, and writes all of it to the program.
async fn writing_to(maru: &str) -> Prometheus {
    Prometheus::start(|own| {
        format!(
            "
global:
  scrape_interval: 1s
  external_labels: {{cluster: seoul-2}}
scrape_configs:
  - job_name: prometheus
    static_configs: [{{targets: [\"{own}\"]}}]
  - job_name: maru
    static_configs: [{{targets: [\"{maru}\"], labels: {{team: hall}}}}]
remote_write:
  - url: http://{maru}/api/v1/write
    queue_config: {{batch_send_deadline: 1s, min_backoff: 100ms, max_backoff: 1s}}
"
        )
    })
    .await
}

#[tokio::test]
async fn what_prometheus_writes_arrives_as_it_was_scraped() {
    let maru = Maru::setup().listen(&format!("127.0.0.1:{}", free_port())).up().await;
    let address = maru.url().trim_start_matches("http://").to_owned();
    let prometheus = writing_to(&address).await;
    await_samples(&prometheus, "up", 8.0).await;

    assert_same(&maru, &prometheus, "prometheus").await;
    assert_same(&maru, &prometheus, "maru").await;
    let up = maru.sql("SELECT labels, resource, kind FROM series WHERE name = 'up' AND labels['job'] = 'maru'").await;
    assert_eq!(
        up,
        [[
            serde_json::json!({"cluster": "seoul-2", "instance": address, "job": "maru", "team": "hall"}),
            serde_json::json!(address),
            serde_json::json!("gauge")
        ]]
    );
    let kinds = maru
        .sql("SELECT DISTINCT name, kind FROM series WHERE name IN ('go_goroutines', 'go_gc_duration_seconds', 'maru_watch_samples_total', 'prometheus_http_request_duration_seconds_bucket') ORDER BY 1")
        .await;
    insta::assert_snapshot!(serde_json::to_string(&kinds).unwrap(), @r#"[["go_gc_duration_seconds","gauge"],["go_goroutines","gauge"],["maru_watch_samples_total","counter"],["prometheus_http_request_duration_seconds_bucket","counter"]]"#);
    for lost in ["failed", "dropped", "retried"] {
        let name = format!("prometheus_remote_storage_samples_{lost}_total");
        assert_eq!(prometheus.number(&name).await, Some(0.0), "{name}");
    }
}

#[tokio::test]
async fn prometheus_catches_up_after_a_kill_without_gap_or_duplicate() {
    let mut maru = Maru::setup().listen(&format!("127.0.0.1:{}", free_port())).up().await;
    let prometheus = writing_to(maru.url().trim_start_matches("http://")).await;
    await_samples(&prometheus, "up{job=\"prometheus\"}", 5.0).await;
    until("samples arrive", ARRIVAL, async || (maru.count("SELECT count(*) FROM samples").await > 1_000).then_some(())).await;

    for away in 1..=2 {
        maru.kill9();
        until("Prometheus misses the program", ARRIVAL, async || {
            prometheus
                .number("count_over_time(up{job=\"maru\"}[10m]) - sum_over_time(up{job=\"maru\"}[10m])")
                .await
                .filter(|missed| *missed >= 3.0 * f64::from(away))
        })
        .await;
        maru.start_again().await;
        let scraped = prometheus.number("count_over_time(up{job=\"prometheus\"}[10m])").await.unwrap();
        await_samples(&prometheus, "up{job=\"prometheus\"}", scraped + 3.0).await;
    }

    assert_same(&maru, &prometheus, "prometheus").await;
    assert_same(&maru, &prometheus, "maru").await;
    let per_second = maru
        .sql(
            "SELECT min(gap), max(gap) FROM (
                SELECT CAST(samples.time AS BIGINT) - lag(CAST(samples.time AS BIGINT)) OVER (ORDER BY samples.time) AS gap
                FROM samples JOIN series USING (series) WHERE name = 'up' AND labels['job'] = 'prometheus')",
        )
        .await;
    let [least, greatest] = [0, 1].map(|column| per_second[0][column].as_i64().unwrap());
    assert!(least > 500 && greatest < 1_500, "scrapes are a second apart, samples are {least} to {greatest} ms apart");
}

#[tokio::test]
async fn a_target_is_scraped_and_missed() {
    let mut prometheus = Prometheus::start(|_| String::new()).await;
    let address = prometheus.address();
    let data = tempfile::tempdir().unwrap();
    let mut settings = File::options().create_new(true).write(true).open(data.path().join("maru.toml")).unwrap();
    writeln!(
        settings,
        "[[watch.scrape]]\njob = \"prometheus\"\nurl = \"http://{address}/metrics\"\ninterval_seconds = 1\nlabels = {{ site = \"seoul\" }}"
    )
    .unwrap();
    let maru = Maru::setup().data(data.path()).up().await;

    until("the target is up", ARRIVAL, async || is_up(&maru).await.filter(|up| *up == 1.0)).await;
    let scraped = maru
        .sql("SELECT DISTINCT name, kind, labels['job'], labels['site'], labels['instance'] FROM series WHERE name IN ('up', 'go_goroutines', 'prometheus_http_requests_total') ORDER BY 1")
        .await;
    let labelled = |name: &str, kind: &str| [name, kind, "prometheus", "seoul", &address].map(serde_json::Value::from).to_vec();
    assert_eq!(
        scraped,
        [labelled("go_goroutines", "gauge"), labelled("prometheus_http_requests_total", "counter"), labelled("up", "gauge")]
    );

    prometheus.stop().await;
    until("the target is down", ARRIVAL, async || is_up(&maru).await.filter(|up| *up == 0.0)).await;
    prometheus.start_again().await;
    until("the target is up again", ARRIVAL, async || is_up(&maru).await.filter(|up| *up == 1.0)).await;
}

/// The last value of `up` that the program holds.
async fn is_up(maru: &Maru) -> Option<f64> {
    let rows = maru.sql("SELECT value FROM samples JOIN series USING (series) WHERE name = 'up' ORDER BY samples.time DESC LIMIT 1").await;
    rows.first()?[0].as_f64()
}

/// Waits until Prometheus has scraped each series of `selector` `count` times.
async fn await_samples(prometheus: &Prometheus, selector: &str, count: f64) {
    until(&format!("Prometheus has {count} samples of `{selector}`"), ARRIVAL, async || {
        prometheus.number(&format!("min(count_over_time({selector}[10m]))")).await.filter(|scraped| *scraped >= count)
    })
    .await;
}

/// Waits until the program holds each sample that Prometheus has of `job` until now, and fails when it holds another, or one twice.
async fn assert_same(maru: &Maru, prometheus: &Prometheus, job: &str) {
    let time = prometheus.time().await;
    // Scrapes that began before have ended by then: a target answers within a second.
    until("what was being scraped is there", ARRIVAL, async || Some(prometheus.time().await).filter(|now| *now > time + 2.0)).await;
    let mut expected = BTreeMap::new();
    for (mut labels, mut samples) in prometheus.samples(&format!("{{job=\"{job}\"}}[10m]"), time).await {
        labels.insert("cluster".to_owned(), "seoul-2".to_owned());
        // Prometheus' own summaries say `NaN` for as long as they have nothing to say.
        samples.retain(|(_, value)| value.is_finite());
        if !samples.is_empty() {
            expected.insert(labels, samples);
        }
    }
    assert!(expected.len() > 20, "Prometheus has {} series of {job}", expected.len());
    let last = expected.values().flatten().map(|(time_ms, _)| *time_ms).max().unwrap();
    let wanted: usize = expected.values().map(Vec::len).sum();
    until(&format!("the program holds all {wanted} samples of {job}"), ARRIVAL, async || {
        let held: usize = held(maru, job, last).await.values().map(Vec::len).sum();
        (held >= wanted).then_some(())
    })
    .await;
    let held = held(maru, job, last).await;
    let names: BTreeSet<_> = expected.keys().chain(held.keys()).collect();
    for labels in names {
        assert_eq!(held.get(labels), expected.get(labels), "{labels:?}: the program's samples, and Prometheus'");
    }
}

/// The program's samples of `job`, up to `last` in milliseconds since the Unix epoch.
async fn held(maru: &Maru, job: &str, last: i64) -> BTreeMap<Labels, Vec<(i64, f64)>> {
    let series = maru.sql(&format!("SELECT CAST(series AS TEXT) AS id, name, labels FROM series WHERE labels['job'] = '{job}'")).await;
    let samples = maru
        .sql(&format!(
            "SELECT CAST(samples.series AS TEXT) AS id, CAST(samples.time AS BIGINT) AS ms, CAST(value AS TEXT) FROM samples JOIN series USING (series)
             WHERE labels['job'] = '{job}' AND CAST(samples.time AS BIGINT) <= {last} ORDER BY id, ms"
        ))
        .await;
    let mut by_id: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
    for sample in &samples {
        let id = sample[0].as_str().unwrap().to_owned();
        // As text, since a number of JSON is read to within its last digit only.
        let value = sample[2].as_str().unwrap().parse().unwrap();
        by_id.entry(id).or_default().push((sample[1].as_i64().unwrap(), value));
    }
    let named = series.into_iter().filter_map(|row| {
        let [id, name, labels] = row.try_into().unwrap();
        let mut labels: Labels = serde_json::from_value(labels).unwrap();
        labels.insert("__name__".to_owned(), name.as_str().unwrap().to_owned());
        Some((labels, by_id.remove(id.as_str().unwrap())?))
    });
    named.collect()
}
