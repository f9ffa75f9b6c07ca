//! Sends a generated load by remote write 1.0, as fast as the server accepts it.

use crate::{body::Body, values::Season};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use reqwest::{Client, Response, StatusCode, header};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Barrier, task::JoinSet, time::Instant};

/// How many samples a body holds, where there are so many series.
pub const SAMPLES_PER_BODY: usize = 2_000;
/// How far the connections may be apart in the time of the samples. Prometheus refuses what is an hour older than its newest.
const APART_MS: i64 = 30 * 60 * 1_000;
/// How long one body is sent again and again.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is sent: a sample of each series, step by step.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many series there are.
    pub series: usize,
    /// How many samples each of them gets.
    pub steps: usize,
    /// How far those are apart, in milliseconds.
    pub interval_ms: i64,
    /// What the values depend on.
    pub seed: u64,
    /// How many connections send at once; fewer where there are fewer bodies in a step.
    pub connections: usize,
    /// When the last step is over, in milliseconds since the epoch.
    pub end_ms: i64,
}

/// How sending went.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Samples that were accepted: all of them.
    pub samples: u64,
    /// Bytes of all bodies, packed.
    pub bytes: u64,
    /// How often the server said to come back later.
    pub put_off: u64,
    /// From the first body to the last answer of the first step, in which every series is new.
    pub first_step: Duration,
    /// From the first body to the last answer.
    pub all: Duration,
}

impl Load {
    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> u64 {
        (self.series * self.steps) as u64
    }

    /// How long a time the samples cover, in milliseconds.
    #[must_use]
    pub fn span_ms(&self) -> i64 {
        self.interval_ms * i64::try_from(self.steps).unwrap_or(0)
    }

    fn time_ms(&self, step: usize) -> i64 {
        self.end_ms - self.interval_ms * i64::try_from(self.steps - step).unwrap_or(0)
    }

    /// The bodies that each connection sends in every step. A series always goes over the same connection, so that its samples arrive in order.
    fn shares(&self) -> Vec<Vec<Body>> {
        let starts: Vec<_> = (0..self.series).step_by(SAMPLES_PER_BODY).collect();
        let mut shares: Vec<Vec<Body>> = Vec::new();
        shares.resize_with(self.connections.clamp(1, starts.len().max(1)), Vec::new);
        let connections = shares.len();
        for (at, start) in starts.into_iter().enumerate() {
            let end = (start + SAMPLES_PER_BODY).min(self.series);
            shares[at % connections].push(Body::new(start..end, self.interval_ms, self.seed));
        }
        shares
    }

    /// After how many steps the connections wait for each other.
    fn steps_apart(&self) -> usize {
        usize::try_from(APART_MS / self.interval_ms.max(1)).unwrap_or(1).max(1)
    }
}

/// Sends all of `load` to `url`.
///
/// # Errors
/// When the server refuses something or goes away.
pub async fn send(load: &Load, url: &str) -> Result<Sent> {
    let shares = load.shares();
    let together = Arc::new(Barrier::new(shares.len()));
    let started = Instant::now();
    let mut connections = JoinSet::new();
    for bodies in shares {
        connections.spawn(send_share(*load, bodies, url.to_owned(), together.clone(), started));
    }
    let mut sent = Sent { samples: 0, bytes: 0, put_off: 0, first_step: Duration::ZERO, all: Duration::ZERO };
    while let Some(share) = connections.join_next().await {
        let share = share.context("a connection broke off")??;
        sent.samples += share.samples;
        sent.bytes += share.bytes;
        sent.put_off += share.put_off;
        sent.first_step = sent.first_step.max(share.first_step);
        sent.all = sent.all.max(share.all);
    }
    Ok(sent)
}

async fn send_share(load: Load, mut bodies: Vec<Body>, url: String, together: Arc<Barrier>, started: Instant) -> Result<Sent> {
    let client = Client::builder().tcp_nodelay(true).timeout(Duration::from_secs(120)).build()?;
    let seconds = Duration::from_millis(load.interval_ms.unsigned_abs()).as_secs_f64();
    let mut sent = Sent { samples: 0, bytes: 0, put_off: 0, first_step: Duration::ZERO, all: Duration::ZERO };
    for step in 0..load.steps {
        let time_ms = load.time_ms(step);
        let season = Season::at(time_ms);
        for body in &mut bodies {
            let content = body.step(time_ms, &season, seconds);
            sent.bytes += content.len() as u64;
            sent.put_off += send_body(&client, &url, content).await?;
            sent.samples += body.samples() as u64;
        }
        if step == 0 {
            sent.first_step = started.elapsed();
        }
        if step % load.steps_apart() == 0 {
            together.wait().await;
        }
    }
    sent.all = started.elapsed();
    Ok(sent)
}

/// Sends one body until it is accepted; answers how often it was put off.
async fn send_body(client: &Client, url: &str, content: Bytes) -> Result<u64> {
    let started = Instant::now();
    let mut put_off = 0;
    loop {
        let request = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .header(header::CONTENT_ENCODING, "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .body(content.clone());
        let response = request.send().await.with_context(|| format!("`{url}` does not answer"))?;
        match response.status() {
            status if status.is_success() => return Ok(put_off),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE if started.elapsed() < PATIENCE => {
                put_off += 1;
                tokio::time::sleep(wait_of(&response)).await;
            }
            status => bail!("`{url}` answered {status}: {}", response.text().await.unwrap_or_default().trim_end()),
        }
    }
}

fn wait_of(response: &Response) -> Duration {
    let seconds = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_every_series_once() {
        let load = Load { series: 9_500, steps: 3, interval_ms: 15_000, seed: 1, connections: 3, end_ms: 1_800_000_000_000 };
        let shares: Vec<Vec<usize>> = load.shares().iter().map(|bodies| bodies.iter().map(Body::samples).collect()).collect();
        assert_eq!(shares, [vec![2_000, 2_000], vec![2_000, 1_500], vec![2_000]]);
        assert_eq!((0..3).map(|step| load.end_ms - load.time_ms(step)).collect::<Vec<_>>(), [45_000, 30_000, 15_000]);
    }
}
