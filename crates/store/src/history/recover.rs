//! What a start finds: parts on the shelf, and records in the log that no part has yet.

use super::{
    buffer::SegmentBuffer,
    files::Files,
    log::{decode_record, list_segments, read_segment, segment_path},
    part::{Day, Part, parse_path},
    schema::fit,
    shelf::Shelf,
    write_part::times,
};
use crate::StoreError;
use arrow::{
    array::{BooleanArray, RecordBatch},
    compute::filter_record_batch,
};
use futures::{StreamExt, TryStreamExt};
use maru_kernel::Table;
use object_store::ObjectMeta;
use parquet::file::metadata::ParquetMetaDataReader;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How much of a file's end is read to learn what is in it.
const FOOTER_BYTES: u64 = 64 << 10;

/// Puts every part on the shelf. A file that is damaged is set aside and reported; the others are read as ever.
pub(crate) async fn recover_parts(files: &Files, shelf: &Shelf) -> Result<(), StoreError> {
    let there = files.list().await?;
    for meta in there.iter().filter(|meta| Files::is_unfinished(&meta.location)) {
        files.remove(&meta.location).await?;
    }
    let found: Vec<_> = there.into_iter().filter_map(|meta| parse_path(&meta.location).map(|name| (name, meta))).collect();
    let parts: Vec<Option<Part>> = futures::stream::iter(found)
        .map(|((table, day, first, last), meta)| async move {
            match rows(files, &meta).await {
                Ok(rows) => Ok(Some(Part { table, day, first, last, bytes: meta.size, rows })),
                Err(StoreError::Parquet(error)) => {
                    let aside = files.set_aside(&meta.location).await?;
                    tracing::error!(part = %meta.location, %error, %aside, "a damaged part of history was set aside");
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        })
        .buffer_unordered(16)
        .try_collect()
        .await?;
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    // Wider ranges last: they take the place of what they contain.
    parts.sort_by_key(|part| part.last - part.first);
    parts.into_iter().for_each(|part| shelf.put(part));
    Ok(())
}

async fn rows(files: &Files, meta: &ObjectMeta) -> Result<u64, StoreError> {
    let end = files.read_end(&meta.location, FOOTER_BYTES.min(meta.size.max(1))).await;
    let end = match end {
        Ok(end) => end,
        Err(StoreError::Objects(object_store::Error::Generic { .. })) if meta.size == 0 => bytes::Bytes::new(),
        Err(error) => return Err(error),
    };
    let mut reader = ParquetMetaDataReader::new();
    let metadata = match reader.try_parse_sized(&end, meta.size) {
        Ok(()) => reader.finish()?,
        Err(parquet::errors::ParquetError::NeedMoreData(_)) => {
            ParquetMetaDataReader::new().parse_and_finish(&files.read(&meta.location).await?)?
        }
        Err(error) => return Err(error.into()),
    };
    Ok(metadata.file_metadata().num_rows().unsigned_abs())
}

/// Puts what the log holds and no part covers on the shelf, a buffer per segment; answers the number that the next segment gets.
pub(crate) fn recover_log(folder: &Path, tables: &BTreeMap<String, &'static Table>, shelf: &Shelf) -> Result<u64, StoreError> {
    let parts = shelf.parts();
    let segments = list_segments(folder).map_err(StoreError::Log)?;
    for segment in &segments {
        let path = segment_path(folder, *segment);
        let read = read_segment(&path).map_err(StoreError::Log)?;
        let mut buffer = SegmentBuffer::new(*segment);
        let mut unreadable = 0;
        for payload in &read.payloads {
            match decode_record(payload) {
                Ok(entries) => {
                    for (name, batch) in entries {
                        let Some(table) = tables.get(&name) else {
                            tracing::warn!(
                                table = name,
                                "the log holds records of a table that this release does not know; they are left out"
                            );
                            continue;
                        };
                        let batch = match fit(table, &batch) {
                            Ok(batch) => without_covered(table, &parts, *segment, batch)?,
                            Err(error) => {
                                tracing::error!(segment, %error, rows = batch.num_rows(), "records of the log do not fit their table");
                                unreadable += 1;
                                continue;
                            }
                        };
                        if batch.num_rows() > 0 {
                            buffer.push(name, batch);
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(segment, %error, "a record of the log cannot be read");
                    unreadable += 1;
                }
            }
        }
        if let Some(at) = read.broken_at {
            let aside = keep_broken(folder, &path, *segment).map_err(StoreError::from_write);
            let aside = aside.map_or_else(|error| error.to_string(), |aside| aside.display().to_string());
            tracing::error!(segment, byte = at, aside, "the log is torn or damaged here; what is whole was read, a copy is kept aside");
        } else if unreadable > 0 {
            let _ = keep_broken(folder, &path, *segment);
        }
        shelf.recovered(buffer);
    }
    let after_log = segments.last().map_or(0, |last| last + 1);
    let after_parts = parts.iter().map(|part| part.last + 1).max().unwrap_or(0);
    Ok(after_log.max(after_parts).max(1))
}

fn keep_broken(folder: &Path, path: &Path, segment: u64) -> std::io::Result<PathBuf> {
    let aside = folder.join("set-aside");
    fs::create_dir_all(&aside)?;
    let aside = aside.join(format!("{segment:010}.log.broken"));
    fs::copy(path, &aside)?;
    Ok(aside)
}

/// A crash between writing a part and deleting its segment leaves records in both places; this keeps only those that no part has.
fn without_covered(table: &Table, parts: &[Arc<Part>], segment: u64, batch: RecordBatch) -> Result<RecordBatch, StoreError> {
    let covered: Vec<Day> = parts.iter().filter(|part| part.table == table.name && part.covers(segment)).map(|part| part.day).collect();
    if covered.is_empty() {
        return Ok(batch);
    }
    let Some(times) = times(table, &batch) else {
        return Ok(batch.slice(0, 0));
    };
    let missing: BooleanArray = times.values().iter().map(|time| Some(!covered.contains(&Day::of_ms(*time)))).collect();
    Ok(filter_record_batch(&batch, &missing)?)
}
