//! Targets that are scraped, as Prometheus does it.

use crate::{
    Watch,
    engine::Labelled,
    ingest::{
        Kind, NAME, Sample, SeriesRef, SeriesSink,
        exposition::{self, Format, Scrape},
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The longest that a target may take to answer.
const LONGEST: Duration = Duration::from_secs(10);
/// The largest answer.
const MAX_BYTES: usize = 32 << 20;
/// The formats that are understood, the best first.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// A target that is scraped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScrapeTarget {
    /// What the target is one of: the label `job`.
    pub job: String,
    /// Where it tells its metrics, such as `http://localhost:9100/metrics`.
    #[serde(serialize_with = "write_url", deserialize_with = "read_url")]
    pub url: url::Url,
    /// Seconds between two scrapes.
    #[serde(default = "default_interval")]
    pub interval_seconds: u64,
    /// Labels to add.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// A file with a token to show to the target.
    #[serde(default)]
    pub bearer_token_file: Option<PathBuf>,
}

fn default_interval() -> u64 {
    15
}

fn write_url<S: serde::Serializer>(url: &url::Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(url)
}

fn read_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<url::Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(serde::de::Error::custom(format!("`{text}` is no address of the form `http://host:port/path`"))),
    }
}

/// Scrapes `target` until `shutdown`.
pub(crate) async fn scrape(watch: Arc<Watch>, target: ScrapeTarget, shutdown: CancellationToken) {
    let client = match reqwest::Client::builder().timeout(LONGEST).build() {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(job = target.job, %error, "scraping cannot start");
            return;
        }
    };
    let instance = instance(&target.url);
    let mut labels: Vec<(&str, &str)> = target.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    labels.retain(|(name, _)| !matches!(*name, "job" | "instance"));
    labels.extend([("job", target.job.as_str()), ("instance", instance.as_str())]);
    let mut tick = tokio::time::interval(Duration::from_secs(target.interval_seconds.max(1)));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut was_up = true;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = tick.tick() => {}
        }
        let now_ms = watch.clock().now_ms();
        let started = tokio::time::Instant::now();
        let answer = fetch(&client, &target).await;
        let seconds = started.elapsed().as_secs_f64();
        let taken = match &answer {
            Ok((format, body)) => {
                let scrape = Scrape { format: *format, time_ms: now_ms, labels: &labels };
                watch
                    .take_decoded(|limits, sink| exposition::decode(body, &scrape, limits, sink))
                    .await
                    .map(|_| ())
                    .map_err(|error| error.to_string())
            }
            Err(reason) => Err(reason.clone()),
        };
        let up = taken.is_ok();
        if let (true, Err(reason)) = (was_up, &taken) {
            tracing::warn!(job = target.job, instance, reason, "a target could not be scraped");
        }
        was_up = up;
        let told = watch.take_with(|sink| {
            let mut sink = Labelled { labels: &labels, sink };
            tell(&mut sink, "up", now_ms, if up { 1.0 } else { 0.0 });
            tell(&mut sink, "scrape_duration_seconds", now_ms, seconds);
        });
        if let Err(error) = told.await {
            tracing::debug!(job = target.job, %error, "whether a target is up could not be kept");
        }
    }
}

fn tell(sink: &mut impl SeriesSink, name: &str, time_ms: i64, value: f64) {
    sink.series(SeriesRef { labels: &[(NAME, name)], kind: Kind::Gauge, unit: None, samples: &[Sample { time_ms, value }] });
}

/// The label `instance`: host and port, without user or path.
fn instance(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

async fn fetch(client: &reqwest::Client, target: &ScrapeTarget) -> Result<(Format, Vec<u8>), String> {
    let mut request = client.get(target.url.clone()).header("accept", ACCEPT);
    if let Some(file) = &target.bearer_token_file {
        let token =
            tokio::fs::read_to_string(file).await.map_err(|error| format!("the token in {} cannot be read: {error}", file.display()))?;
        request = request.bearer_auth(token.trim());
    }
    let mut answer = request.send().await.and_then(reqwest::Response::error_for_status).map_err(|error| error.without_url().to_string())?;
    let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut body = Vec::new();
    while let Some(more) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
        if body.len() + more.len() > MAX_BYTES {
            return Err(format!("the answer is longer than {MAX_BYTES} bytes"));
        }
        body.extend_from_slice(&more);
    }
    Ok((Format::from_content_type(&content_type), body))
}
