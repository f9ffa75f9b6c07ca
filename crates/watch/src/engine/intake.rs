//! The engine: what takes a body in, and says what became of it.

use super::{
    commit::{Judged, commit},
    gather::{Gathered, Gatherer},
    reserve::{Reserved, release, reserve},
};
use crate::{
    ingest::{DecodeError, Decoded, Limits, SeriesSink, otlp, remote_write, remote_write_v2},
    series::{Index, SeriesId},
    tables::{SAMPLES, SERIES},
};
use arrow::{
    array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array},
    error::ArrowError,
};
use maru_kernel::{Error, ErrorKind, Result};
use maru_store::{
    History,
    history::{arrow_schema, labels_array},
};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How often a request whose samples another one is writing looks again, and for how long.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
const LOOKS: usize = 200;
/// How far a sender's clock may run ahead.
const AHEAD_MS: i64 = 10 * 60 * 1_000;

/// The formats in which metrics come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFormat {
    /// Prometheus remote write 1.0, snappy-compressed.
    RemoteWriteV1,
    /// Prometheus remote write 2.0, snappy-compressed.
    RemoteWriteV2,
    /// OTLP metrics as protobuf.
    OtlpProtobuf,
    /// OTLP metrics as JSON.
    OtlpJson,
}

/// What became of a request. All that it counts as written is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Samples that need not be sent again: they are durable, or there was nothing to keep of them, as of a marker that a series ended.
    pub samples: u64,
    /// Histograms that were kept: native ones are not.
    pub histograms: u64,
    /// Exemplars that were kept.
    pub exemplars: u64,
    /// Samples that were refused.
    pub refused: u64,
    /// Why, with an example.
    pub refusal: Option<String>,
}

/// What the engine counts of itself.
#[derive(Debug, Default)]
pub(crate) struct EngineCounts {
    pub(crate) requests: AtomicU64,
    pub(crate) samples: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) undecodable: AtomicU64,
}

/// Takes samples in.
pub(crate) struct Engine {
    pub(crate) index: Index,
    pub(crate) counts: EngineCounts,
    history: Arc<History>,
    max_series: usize,
    keep_ms: i64,
    /// Held while samples are written and judged. Whoever holds it alone sees no sample that is durable and not judged.
    pub(crate) writing: tokio::sync::RwLock<()>,
}

impl Engine {
    /// An engine that knows the series in `index`, for at most `max_series` of them, and takes samples up to `keep_days` days old.
    pub(crate) fn new(index: Index, history: Arc<History>, max_series: usize, keep_days: u32) -> Self {
        let keep_ms = i64::from(keep_days) * 86_400_000;
        Self { index, counts: EngineCounts::default(), history, max_series, keep_ms, writing: tokio::sync::RwLock::new(()) }
    }

    /// Decodes a body.
    pub(crate) fn decode(&self, format: WireFormat, body: &[u8], now_ms: i64) -> Result<(Gathered, Decoded)> {
        self.decode_with(now_ms, |limits, sink| match format {
            WireFormat::RemoteWriteV1 => remote_write::decode(body, limits, sink),
            WireFormat::RemoteWriteV2 => remote_write_v2::decode(body, limits, sink),
            WireFormat::OtlpProtobuf => otlp::decode_protobuf(body, limits, sink),
            WireFormat::OtlpJson => otlp::decode_json(body, limits, sink),
        })
    }

    /// Takes over a message that is decoded already.
    pub(crate) fn decode_otlp(&self, message: &ExportMetricsServiceRequest, now_ms: i64) -> Result<(Gathered, Decoded)> {
        self.decode_with(now_ms, |limits, sink| Ok(otlp::decode_request(message, limits, sink)))
    }

    /// Runs any decoder with this engine's limits.
    pub(crate) fn decode_with(
        &self,
        now_ms: i64,
        decode: impl FnOnce(&Limits, &mut dyn SeriesSink) -> std::result::Result<Decoded, DecodeError>,
    ) -> Result<(Gathered, Decoded)> {
        let limits = Limits::between(now_ms - self.keep_ms, now_ms + AHEAD_MS);
        let mut gatherer = Gatherer::new(&self.index);
        let decoded = decode(&limits, &mut gatherer).map_err(|error| {
            self.counts.undecodable.fetch_add(1, Ordering::Relaxed);
            Error::new(ErrorKind::Invalid, "MARU-0202", format!("The metrics cannot be read: {error}."))
        })?;
        Ok((gatherer.finish(), decoded))
    }

    /// Makes samples durable and judges them.
    pub(crate) async fn take(
        &self,
        gathered: Gathered,
        decoded: &Decoded,
        is_watched: Option<&(dyn Fn(SeriesId) -> bool + Sync)>,
    ) -> Result<(Accepted, Judged)> {
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        let _writing = self.writing.read().await;
        let reserved = self.reserve(&gathered).await?;
        let samples = reserved.samples();
        if samples > 0 {
            let written = match records(&gathered, &reserved, &self.index) {
                Ok(records) => self.history.append(records).await.map_err(Error::from),
                Err(error) => Err(Error::internal("MARU-0203", error.to_string())),
            };
            if let Err(error) = written {
                release(&self.index, &reserved.chunks, &gathered);
                return Err(error);
            }
        }
        let is_watched = is_watched.map(|is_watched| is_watched as &dyn Fn(SeriesId) -> bool);
        let judged = commit(&self.index, &gathered, &reserved, is_watched);
        Ok((self.account(decoded, &reserved, samples as u64), judged))
    }

    async fn reserve(&self, gathered: &Gathered) -> Result<Reserved> {
        for _ in 0..LOOKS {
            if let Ok(reserved) = reserve(&self.index, gathered, self.max_series) {
                return Ok(reserved);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Err(Error::new(
            ErrorKind::TooMany { retry_after: Duration::from_secs(1) },
            "MARU-0204",
            "Another request is writing the same samples.",
        )
        .next("Send again a little later."))
    }

    fn account(&self, decoded: &Decoded, reserved: &Reserved, samples: u64) -> Accepted {
        let refused = decoded.rejected.total() + reserved.late + reserved.no_room;
        self.counts.samples.fetch_add(samples, Ordering::Relaxed);
        self.counts.repeated.fetch_add(reserved.repeated, Ordering::Relaxed);
        self.counts.refused.fetch_add(refused, Ordering::Relaxed);
        let mut reasons = Vec::new();
        if !decoded.rejected.is_empty() {
            reasons.push(decoded.rejected.to_string());
        }
        if let Some(example) = &reserved.late_example {
            reasons.push(format!("{} late: {example}", reserved.late));
        }
        if reserved.no_room > 0 {
            reasons.push(format!("{} of new series, since there are {} series already", reserved.no_room, self.max_series));
        }
        Accepted {
            samples: samples + reserved.repeated + decoded.stale_markers + decoded.not_finite,
            histograms: 0,
            exemplars: 0,
            refused,
            refusal: (!reasons.is_empty()).then(|| reasons.join("; ")),
        }
    }
}

/// The records of a request: series that are new, then the samples.
fn records(gathered: &Gathered, reserved: &Reserved, index: &Index) -> std::result::Result<Vec<(&'static str, RecordBatch)>, ArrowError> {
    let samples = reserved.samples();
    let (mut series, mut times_ms, mut values) = (Vec::with_capacity(samples), Vec::with_capacity(samples), Vec::with_capacity(samples));
    for chunk in &reserved.chunks {
        let rows = chunk.start..chunk.end;
        series.resize(series.len() + rows.len(), chunk.id.0);
        times_ms.extend_from_slice(&gathered.times_ms[rows.clone()]);
        values.extend_from_slice(&gathered.values[rows]);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from(series)),
        Arc::new(TimestampMillisecondArray::from(times_ms).with_timezone("UTC")),
        Arc::new(Float64Array::from(values)),
    ];
    let mut records = Vec::with_capacity(2);
    if let Some(new) = new_series(gathered, reserved, index)? {
        records.push((SERIES.name, new));
    }
    records.push((SAMPLES.name, RecordBatch::try_new(arrow_schema(&SAMPLES), columns)?));
    Ok(records)
}

fn new_series(gathered: &Gathered, reserved: &Reserved, index: &Index) -> std::result::Result<Option<RecordBatch>, ArrowError> {
    let mut rows = Vec::new();
    for new in &gathered.new {
        let Ok(at) = reserved.chunks.binary_search_by_key(&new.id, |chunk| chunk.id) else { continue };
        let shard = index.shard_with(new.id);
        let Some(slot) = shard.get(&new.id.0).filter(|slot| !slot.recorded) else { continue };
        rows.push((new, gathered.times_ms[reserved.chunks[at].start], slot.kind_name()));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let text = |values: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|(new, ..)| Some(new.id.0)).collect::<UInt64Array>()),
        Arc::new(rows.iter().map(|(_, time_ms, _)| Some(*time_ms)).collect::<TimestampMillisecondArray>().with_timezone("UTC")),
        text(rows.iter().map(|(new, ..)| Some(new.labels.name())).collect()),
        labels_array(rows.iter().map(|(new, ..)| new.labels.others()))?,
        text(rows.iter().map(|(new, ..)| new.labels.resource()).collect()),
        text(rows.iter().map(|(.., kind)| Some(*kind)).collect()),
        text(rows.iter().map(|(new, ..)| new.unit.as_deref()).collect()),
    ];
    RecordBatch::try_new(arrow_schema(&SERIES), columns).map(Some)
}
