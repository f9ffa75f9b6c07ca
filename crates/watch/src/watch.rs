//! The room of watch: takes metrics in, keeps the bands' state, and runs the sources.

use crate::{
    anomaly::Recorder,
    engine::{Accepted, Engine, EngineCounts, Gathered, Judged, WireFormat, read_checkpoint, recover, write_checkpoint},
    ingest::{DecodeError, Decoded, Limits, SeriesSink},
    series::{BandRow, SeriesId},
    source::{ScrapeTarget, scrape, watch_host},
    tables::BANDS,
};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampMillisecondArray, UInt64Array};
use bytes::Bytes;
use jiff::Timestamp;
use maru_kernel::{Clock, Error, Event, Figure, Figures, Result};
use maru_store::{Store, StoreError, history::arrow_schema};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often rows of bands are written.
const BANDS_EVERY: Duration = Duration::from_secs(2);
/// How often the bands' state is kept.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
/// How many rows of bands may wait while they cannot be written. They are drawn, not acknowledged: the oldest go first.
const BANDS_WAITING: usize = 1_000_000;
/// How long the recorder rests after the database failed.
const RECORD_AGAIN: Duration = Duration::from_secs(2);

/// How watch works.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// The name of this host, which its series carry.
    pub host: String,
    /// Whether this host is watched.
    pub watch_host: bool,
    /// How often this host is read.
    pub interval: Duration,
    /// Targets to scrape.
    pub scrape: Vec<ScrapeTarget>,
    /// The most series that are kept.
    pub max_series: usize,
    /// How many days old a sample may be when it comes in.
    pub keep_days: u32,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            host: "localhost".into(),
            watch_host: true,
            interval: Duration::from_secs(5),
            scrape: Vec::new(),
            max_series: 2_000_000,
            keep_days: 30,
        }
    }
}

/// The room of watch.
pub struct Watch {
    pub(crate) engine: Engine,
    recorder: Recorder,
    bands: Mutex<Vec<(SeriesId, BandRow)>>,
    bands_dropped: AtomicU64,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    options: WatchOptions,
    started: Timestamp,
}

impl Watch {
    /// Opens watch over `store`, with every series and band as they were.
    ///
    /// # Errors
    /// When history or the state database cannot be read.
    pub async fn open(store: Arc<Store>, options: WatchOptions, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let checkpoint = read_checkpoint(&checkpoint_path(&store));
        let recorder = Recorder::new(store.state().clone(), store.bus().clone());
        let mut bands = Vec::new();
        let index = recover(store.history(), checkpoint, |judged| {
            bands.extend(judged.bands);
            recorder.push(judged.changes);
        })
        .await?;
        let engine = Engine::new(index, store.history().clone(), options.max_series, options.keep_days);
        let started = clock.now();
        let watch = Self { engine, recorder, bands: Mutex::new(bands), bands_dropped: AtomicU64::new(0), store, clock, options, started };
        watch.recorder.write().await?;
        let open = |id| watch.engine.index.shard_with(SeriesId(id)).get(&id).is_some_and(|slot| slot.band.is_anomalous());
        watch.recorder.close_orphans(open).await?;
        Ok(Arc::new(watch))
    }

    /// Runs the sources and the housekeeping until `shutdown`. `figures` are what Maru's own components tell.
    pub async fn run(self: Arc<Self>, figures: Vec<Arc<dyn Figures>>, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        if self.options.watch_host {
            tasks.spawn(watch_host(self.clone(), self.options.host.clone(), self.options.interval, figures, shutdown.clone()));
        }
        for target in &self.options.scrape {
            tasks.spawn(scrape(self.clone(), target.clone(), shutdown.clone()));
        }
        tasks.spawn(self.clone().record(shutdown.clone()));
        tasks.spawn(self.clone().keep_house(shutdown));
        while tasks.join_next().await.is_some() {}
        self.close().await;
    }

    async fn record(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.recorder.more() => {}
            }
            while let Err(error) = self.recorder.write().await {
                tracing::warn!(%error, "anomalies could not be written down; it is tried again");
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(RECORD_AGAIN) => {}
                }
            }
        }
    }

    async fn keep_house(self: Arc<Self>, shutdown: CancellationToken) {
        let mut bands = tokio::time::interval(BANDS_EVERY);
        let mut checkpoint = tokio::time::interval(CHECKPOINT_EVERY);
        checkpoint.tick().await;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = bands.tick() => {
                    if let Err(error) = self.write_bands().await {
                        tracing::debug!(%error, "rows of bands wait");
                    }
                }
                _ = checkpoint.tick() => {
                    if let Err(error) = self.checkpoint().await {
                        tracing::warn!(%error, "the bands' state could not be kept; it is tried again");
                    }
                }
            }
        }
    }

    async fn close(&self) {
        let closed = async {
            self.write_bands().await?;
            self.checkpoint().await
        };
        if let Err(error) = closed.await {
            tracing::warn!(%error, "the bands' state could not be kept; they go on from the one before");
        }
    }

    /// Takes in a body that a sender sent.
    ///
    /// # Errors
    /// `Invalid` when it cannot be read: nothing of it is kept. `TooMany` and `Unavailable` when it could not be made durable: the sender
    /// sends it again.
    pub async fn accept(self: &Arc<Self>, format: WireFormat, body: Bytes) -> Result<Accepted> {
        let watch = self.clone();
        let now_ms = self.clock.now_ms();
        // Decoding a large body takes milliseconds, during which other connections would not be served.
        let decoding = tokio::task::spawn_blocking(move || watch.engine.decode(format, &body, now_ms));
        let (gathered, decoded) = decoding.await.map_err(|_| Error::internal("MARU-0205", "Decoding was broken off."))??;
        self.take(gathered, &decoded).await
    }

    /// Takes in an OTLP message that is decoded already.
    ///
    /// # Errors
    /// As [`Watch::accept`].
    pub async fn accept_otlp(self: &Arc<Self>, message: ExportMetricsServiceRequest) -> Result<Accepted> {
        let (gathered, decoded) = self.engine.decode_otlp(&message, self.clock.now_ms())?;
        self.take(gathered, &decoded).await
    }

    /// Takes in what `decode` reads.
    pub(crate) async fn take_decoded(
        &self,
        decode: impl FnOnce(&Limits, &mut dyn SeriesSink) -> std::result::Result<Decoded, DecodeError>,
    ) -> Result<Accepted> {
        let (gathered, decoded) = self.engine.decode_with(self.clock.now_ms(), decode)?;
        self.take(gathered, &decoded).await
    }

    /// Takes in what `fill` measures.
    pub(crate) async fn take_with(&self, fill: impl FnOnce(&mut dyn SeriesSink)) -> Result<Accepted> {
        self.take_decoded(|_, sink| {
            fill(sink);
            Ok(Decoded::default())
        })
        .await
    }

    async fn take(&self, gathered: Gathered, decoded: &Decoded) -> Result<Accepted> {
        let bus = self.store.bus();
        let is_watched = |id: SeriesId| bus.wants(&id.to_string());
        let is_watched: Option<&(dyn Fn(SeriesId) -> bool + Sync)> = if bus.wants_any_key() { Some(&is_watched) } else { None };
        let (accepted, judged) = self.engine.take(gathered, decoded, is_watched).await?;
        self.tell(judged);
        Ok(accepted)
    }

    fn tell(&self, judged: Judged) {
        for (id, row) in judged.live {
            let judgement = row.judgement;
            let data = serde_json::json!({
                "series": id, "time_ms": row.time_ms, "value": row.value, "expected": judgement.expected, "lower": judgement.lower,
                "upper": judgement.upper, "score": judgement.score, "warming": judgement.warming,
            });
            let time = crate::engine::moment(row.time_ms);
            self.store.bus().publish(Event { kind: "SampleJudged", time, key: id.to_string(), data });
        }
        self.recorder.push(judged.changes);
        if judged.bands.is_empty() {
            return;
        }
        let mut bands = self.bands.lock().unwrap_or_else(PoisonError::into_inner);
        bands.extend(judged.bands);
        let over = bands.len().saturating_sub(BANDS_WAITING);
        if over > 0 {
            bands.drain(..over);
            self.bands_dropped.fetch_add(over as u64, Ordering::Relaxed);
        }
    }

    async fn write_bands(&self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut *self.bands.lock().unwrap_or_else(PoisonError::into_inner));
        if rows.is_empty() {
            return Ok(());
        }
        let written = match band_records(&rows) {
            Ok(records) => self.store.history().append(vec![(BANDS.name, records)]).await,
            Err(error) => Err(error.into()),
        };
        if written.is_err() {
            let mut bands = self.bands.lock().unwrap_or_else(PoisonError::into_inner);
            let newer = std::mem::replace(&mut *bands, rows);
            bands.extend(newer);
        }
        written
    }

    /// Keeps the bands' state. Anomalies found so far are in the database before, since what the state knows is not found again.
    async fn checkpoint(&self) -> Result<()> {
        self.recorder.write().await?;
        self.write_bands().await?;
        let segment = {
            let _alone = self.engine.writing.write().await;
            self.store.history().next_segment()
        };
        write_checkpoint(&checkpoint_path(&self.store), &self.engine.index, segment)?;
        Ok(())
    }

    /// The clock that watch goes by.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// All of the cell's records.
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// How watch works.
    pub(crate) fn options(&self) -> &WatchOptions {
        &self.options
    }

    /// When it was opened.
    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// What the engine counts.
    pub(crate) fn counts(&self) -> &EngineCounts {
        &self.engine.counts
    }
}

fn checkpoint_path(store: &Store) -> PathBuf {
    store.folder().path().join("bands.checkpoint")
}

fn band_records(rows: &[(SeriesId, BandRow)]) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
    // Single precision is more than a chart shows, and the zeros behind it take no room in a file.
    let rounded = |value: f64| Some(f64::from(value as f32)).filter(|rounded| rounded.is_finite()).unwrap_or(value);
    let float = |value: fn(&BandRow) -> f64| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, row)| Some(rounded(value(row)))).collect::<Float64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|(id, _)| Some(id.0)).collect::<UInt64Array>()),
        Arc::new(rows.iter().map(|(_, row)| Some(row.time_ms)).collect::<TimestampMillisecondArray>().with_timezone("UTC")),
        float(|row| row.value),
        float(|row| row.judgement.expected),
        float(|row| row.judgement.lower),
        float(|row| row.judgement.upper),
        float(|row| row.judgement.score),
    ];
    RecordBatch::try_new(arrow_schema(&BANDS), columns)
}

#[expect(clippy::cast_precision_loss, reason = "a figure may lose the last digits of a huge count")]
impl Figures for Watch {
    fn figures(&self) -> Vec<Figure> {
        let counts = self.counts();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        vec![
            Figure::gauge("maru_watch_series", "Series in memory.", self.engine.index.len() as f64),
            Figure::counter("maru_watch_requests_total", "Requests that brought metrics.", count(&counts.requests)),
            Figure::counter("maru_watch_samples_total", "Samples that were made durable and judged.", count(&counts.samples)),
            Figure::counter("maru_watch_samples_repeated_total", "Samples that were durable already.", count(&counts.repeated)),
            Figure::counter("maru_watch_samples_refused_total", "Samples that were refused.", count(&counts.refused)),
            Figure::counter("maru_watch_requests_undecodable_total", "Requests that could not be read.", count(&counts.undecodable)),
            Figure::counter("maru_watch_anomalies_opened_total", "Anomalies that began.", count(&self.recorder.opened)),
            Figure::counter(
                "maru_watch_anomalies_dropped_total",
                "Changes of anomalies that did not fit into memory.",
                count(&self.recorder.dropped),
            ),
            Figure::counter("maru_watch_bands_dropped_total", "Rows of bands that did not fit into memory.", count(&self.bands_dropped)),
        ]
    }
}
