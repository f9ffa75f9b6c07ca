//! A restart: the series that were known, and their bands as if nothing had happened.

use super::{
    checkpoint::Checkpoint,
    commit::{Judged, judge},
};
use crate::{
    ingest::{Kind, NAME},
    series::{Index, PackedLabels, SeriesId, Slot, pack},
    tables::{BANDS, SAMPLES, SERIES},
};
use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{Float64Type, TimestampMillisecondType, UInt64Type},
};
use maru_store::{History, StoreError};

/// How many samples are judged again before what they bring is handed over.
const HAND_OVER: usize = 10_000;

/// Reads the series that history knows, gives them the state that the checkpoint kept, and lets their bands judge what came in since.
/// What that brings goes to `judged`, a few thousand rows at a time.
pub(crate) async fn recover(
    history: &History,
    checkpoint: Option<Checkpoint>,
    mut judged: impl FnMut(Judged),
) -> Result<Index, StoreError> {
    let index = Index::default();
    let checkpoint = checkpoint.unwrap_or_default();
    let Checkpoint { segment, mut series } = checkpoint;
    history
        .scan_since(SERIES.name, 0, |batch| {
            for_each_series(batch, |id, labels, kind, unit| {
                let mut slot = Slot::new(labels, kind, unit);
                slot.recorded = true;
                if let Some(kept) = series.remove(&id.0) {
                    slot.committed_ms = kept.committed_ms;
                    slot.reserved_ms = kept.committed_ms;
                    slot.last_value = kept.last_value;
                    slot.band_ms = kept.band_ms;
                    slot.rate = kept.rate;
                    slot.band = kept.band;
                }
                if index.shard_with(id).insert(id.0, slot).is_none() {
                    index.added();
                }
            });
        })
        .await?;
    // Rows of bands that are kept already are not kept again.
    history
        .scan_since(BANDS.name, segment, |batch| {
            for_each_row(batch, |id, time_ms, _| {
                if let Some(slot) = index.shard_with(id).get_mut(&id.0) {
                    slot.band_ms = slot.band_ms.max(time_ms);
                }
            });
        })
        .await?;
    let mut gathered = Judged::default();
    history
        .scan_since(SAMPLES.name, segment, |batch| {
            for_each_row(batch, |id, time_ms, value| {
                if let Some(slot) = index.shard_with(id).get_mut(&id.0) {
                    judge(id, slot, time_ms, value, false, &mut gathered);
                }
            });
            if gathered.bands.len() + gathered.changes.len() >= HAND_OVER {
                judged(std::mem::take(&mut gathered));
            }
        })
        .await?;
    judged(gathered);
    Ok(index)
}

fn for_each_row(batch: &RecordBatch, mut each: impl FnMut(SeriesId, i64, f64)) {
    let series = batch.column_by_name("series").and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let times = batch.column_by_name("time").and_then(|column| column.as_primitive_opt::<TimestampMillisecondType>());
    let values = batch.column_by_name("value").and_then(|column| column.as_primitive_opt::<Float64Type>());
    let (Some(series), Some(times), Some(values)) = (series, times, values) else { return };
    for ((series, time_ms), value) in series.values().iter().zip(times.values()).zip(values.values()) {
        each(SeriesId(*series), *time_ms, *value);
    }
}

fn for_each_series(batch: &RecordBatch, mut each: impl FnMut(SeriesId, PackedLabels, Kind, Option<&str>)) {
    let column = |name| batch.column_by_name(name);
    let text = |name| column(name).and_then(|column| column.as_string_opt::<i32>());
    let ids = column("series").and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let labels = column("labels").and_then(|column| column.as_map_opt());
    let (Some(ids), Some(names), Some(labels), Some(kinds), Some(units)) = (ids, text("name"), labels, text("kind"), text("unit")) else {
        return;
    };
    let mut packed = Vec::new();
    for row in 0..batch.num_rows() {
        let entries = labels.value(row);
        let keys = entries.column(0).as_string::<i32>();
        let values = entries.column(1).as_string::<i32>();
        let mut pairs: Vec<(&str, &str)> = (0..entries.len()).map(|entry| (keys.value(entry), values.value(entry))).collect();
        pairs.push((NAME, names.value(row)));
        pairs.sort_unstable();
        pack(&pairs, &mut packed);
        let kind = if kinds.value(row) == "counter" { Kind::Counter } else { Kind::Gauge };
        let unit = (!units.is_null(row)).then(|| units.value(row));
        each(SeriesId(ids.value(row)), PackedLabels::new(&packed), kind, unit);
    }
}
