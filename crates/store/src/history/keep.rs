//! The keeper of history: appends, queries' snapshots, and the housekeeping between them.

use super::{
    HistoryOptions, Snapshot,
    buffer::batch_bytes,
    compact::choose,
    files::Files,
    log::{Append, Command, LogWriter, encode_record, forget_segment},
    part::{Day, Part},
    recover::{recover_log, recover_parts},
    schema::arrow_schema,
    shelf::{Shelf, ShelfFiller},
    waiting::Reservation,
    write_part::encode_by_day,
};
use crate::StoreError;
use arrow::{array::RecordBatch, error::ArrowError};
use jiff::Timestamp;
use maru_kernel::{Figure, Figures, Table};
use parquet::{
    arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    file::metadata::PageIndexPolicy,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, mpsc, oneshot};

/// How many records may wait for the log's thread.
const LOG_QUEUE: usize = 1_024;

/// The keeper of history.
pub struct History {
    tables: BTreeMap<String, &'static Table>,
    options: HistoryOptions,
    log_folder: PathBuf,
    files: Files,
    shelf: Arc<Shelf>,
    commands: Mutex<Option<mpsc::Sender<Command>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    sealed: Arc<Notify>,
    /// Held while segments become parts, which only one task at a time may do.
    flushing: tokio::sync::Mutex<()>,
    /// Held while parts are merged and removed, likewise.
    tidying: tokio::sync::Mutex<()>,
    log_is_failing: AtomicBool,
    rows_appended: AtomicU64,
    log_bytes: AtomicU64,
    append_failures: AtomicU64,
    parts_written: AtomicU64,
}

/// How much a table holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableFigures {
    /// Records, those that wait included.
    pub rows: u64,
    /// Bytes of its parts.
    pub bytes: u64,
    /// Files.
    pub parts: u64,
}

impl History {
    /// Opens history below `folder`, and recovers what a killed process left.
    ///
    /// # Errors
    /// When the folder or the bucket cannot be used.
    pub async fn open(folder: &Path, tables: &[&'static Table], options: HistoryOptions) -> Result<Self, StoreError> {
        let tables: BTreeMap<_, _> = tables.iter().map(|table| (table.name.to_owned(), *table)).collect();
        let files = match &options.address {
            Some(address) => Files::in_bucket(address)?,
            None => Files::in_folder(folder.join("history"))?,
        };
        let log_folder = folder.join("log");
        std::fs::create_dir_all(&log_folder).map_err(|source| StoreError::Folder { path: log_folder.clone(), source })?;
        let shelf = Arc::new(Shelf::default());
        recover_parts(&files, &shelf).await?;
        let next_segment = recover_log(&log_folder, &tables, &shelf)?;

        shelf.set_next_segment(next_segment);

        let (commands, received) = mpsc::channel(LOG_QUEUE);
        let sealed = Arc::new(Notify::new());
        let filler = ShelfFiller { shelf: shelf.clone(), sealed: sealed.clone() };
        let writer = LogWriter::new(log_folder.clone(), options.segment_bytes, next_segment, filler);
        let writer = std::thread::Builder::new().name("log".into()).spawn(move || writer.run(received)).map_err(StoreError::Log)?;
        Ok(Self {
            tables,
            options,
            log_folder,
            files,
            shelf,
            commands: Mutex::new(Some(commands)),
            writer: Mutex::new(Some(writer)),
            sealed,
            flushing: tokio::sync::Mutex::default(),
            tidying: tokio::sync::Mutex::default(),
            log_is_failing: AtomicBool::new(false),
            rows_appended: AtomicU64::new(0),
            log_bytes: AtomicU64::new(0),
            append_failures: AtomicU64::new(0),
            parts_written: AtomicU64::new(0),
        })
    }

    /// The history table called `name`.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&'static Table> {
        self.tables.get(name).copied()
    }

    /// Every history table.
    pub fn tables(&self) -> impl Iterator<Item = &'static Table> {
        self.tables.values().copied()
    }

    /// Writes records of one or more tables in one step. When it answers `Ok` they survive a killed process and a lost power supply; when
    /// it answers an error none of them is kept.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] when too much waits already, [`StoreError::DiskFull`] and [`StoreError::Log`] when writing fails.
    pub async fn append(&self, entries: Vec<(&str, RecordBatch)>) -> Result<(), StoreError> {
        let entries: Vec<_> = entries.into_iter().filter(|(_, batch)| batch.num_rows() > 0).collect();
        for (name, batch) in &entries {
            let table = self.tables.get(*name).ok_or_else(|| StoreError::UnknownTable((*name).to_owned()))?;
            if batch.schema_ref().fields() != arrow_schema(table).fields() {
                let columns = batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
                return Err(ArrowError::SchemaError(format!("`{name}` has other columns than {columns}")).into());
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let waiting: usize = entries.iter().map(|(_, batch)| batch_bytes(batch)).sum();
        let limit_bytes = self.options.waiting_limit_bytes;
        let reservation = self.shelf.waiting().reserve(waiting, limit_bytes);
        let reservation = reservation.map_err(|waiting_bytes| StoreError::Overloaded { waiting_bytes, limit_bytes })?;
        let rows: usize = entries.iter().map(|(_, batch)| batch.num_rows()).sum();
        let result = self.append_to_log(entries, reservation).await;
        match &result {
            Ok(()) => {
                self.rows_appended.fetch_add(rows as u64, Ordering::Relaxed);
            }
            Err(_) => {
                self.append_failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        let failing = matches!(result, Err(StoreError::DiskFull | StoreError::Log(_)));
        self.log_is_failing.store(failing, Ordering::Relaxed);
        result
    }

    async fn append_to_log(&self, entries: Vec<(&str, RecordBatch)>, reservation: Reservation) -> Result<(), StoreError> {
        let borrowed: Vec<_> = entries.iter().map(|(table, batch)| (*table, batch)).collect();
        let bytes = encode_record(&borrowed)?;
        self.log_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let entries = entries.into_iter().map(|(table, batch)| (table.to_owned(), batch)).collect();
        let (done, answered) = oneshot::channel();
        let commands = self.commands()?;
        commands.send(Command::Append(Append { bytes, entries, reservation, done })).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    fn commands(&self) -> Result<mpsc::Sender<Command>, StoreError> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)
    }

    /// Refuses when the last append failed for want of a working disk.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while it may still be full.
    pub fn ready(&self) -> Result<(), StoreError> {
        if self.log_is_failing.load(Ordering::Relaxed) { Err(StoreError::DiskFull) } else { Ok(()) }
    }

    /// All records of `table` at this moment.
    #[must_use]
    pub fn snapshot(&self, table: &str) -> Snapshot {
        self.shelf.snapshot(table)
    }

    /// How much `table` holds.
    #[must_use]
    pub fn table_figures(&self, table: &str) -> TableFigures {
        let (rows, bytes, waiting) = self.shelf.size(table);
        TableFigures { rows: rows + waiting, bytes, parts: self.shelf.snapshot(table).parts.len() as u64 }
    }

    /// The segment of the log that the next record goes to. Everything in earlier ones was acknowledged, or never will be.
    #[must_use]
    pub fn next_segment(&self) -> u64 {
        self.shelf.next_segment()
    }

    /// Hands every batch of `table` to `each` that came in with segment `segment` of the log or later, and some that came in earlier, parts
    /// first. A part that cannot be read is set aside.
    ///
    /// # Errors
    /// When a part cannot be reached.
    pub async fn scan_since(&self, table: &str, segment: u64, mut each: impl FnMut(&RecordBatch)) -> Result<(), StoreError> {
        let snapshot = self.shelf.snapshot_since(table, segment);
        for part in &snapshot.parts {
            let content = self.files.read(&part.path()).await?;
            let read =
                || ParquetRecordBatchReaderBuilder::try_new(content)?.with_batch_size(65_536).build()?.collect::<Result<Vec<_>, _>>();
            match read().map_err(StoreError::from) {
                Ok(batches) => batches.iter().for_each(&mut each),
                Err(error) => {
                    tracing::error!(%error, "a part of history cannot be read");
                    self.set_aside(part).await?;
                }
            }
        }
        snapshot.batches.iter().for_each(each);
        Ok(())
    }

    /// The files of history, for an engine that reads them.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Told each time a segment was sealed: there is something to flush.
    pub async fn segment_sealed(&self) {
        self.sealed.notified().await;
    }

    /// How long records wait in the log before they become a part.
    #[must_use]
    pub fn flush_every(&self) -> Duration {
        self.options.flush_every
    }

    /// Ends the segment that is being written, so that the next flush takes it.
    ///
    /// # Errors
    /// When history is closed.
    pub async fn seal(&self) -> Result<(), StoreError> {
        if self.shelf.has_active() {
            self.commands()?.send(Command::Seal).await.map_err(|_| StoreError::Closed)?;
        }
        Ok(())
    }

    /// Writes every sealed segment as parts, oldest first, and deletes it. Answers how many there were.
    ///
    /// # Errors
    /// When a part cannot be written: the records stay where they are, and the next flush tries again.
    pub async fn flush(&self) -> Result<usize, StoreError> {
        let _alone = self.flushing.lock().await;
        let mut flushed = 0;
        while let Some(buffer) = self.shelf.oldest_sealed() {
            let segment = buffer.segment;
            let tables = self.tables.clone();
            let encoded = tokio::task::spawn_blocking(move || {
                buffer.tables.iter().filter_map(|(name, batches)| Some((tables.get(name)?, batches))).try_fold(
                    Vec::new(),
                    |mut all, (table, batches)| {
                        all.extend(encode_by_day(table, batches)?.into_iter().map(|day| (*table, day)));
                        Ok::<_, StoreError>(all)
                    },
                )
            });
            let encoded = encoded.await.map_err(|_| StoreError::Closed)??;
            let mut parts = Vec::with_capacity(encoded.len());
            for (table, encoded) in encoded {
                parts.push(self.write_part(table, encoded.day, (segment, segment), encoded.rows, encoded.file).await?);
            }
            self.shelf.flushed(segment, parts);
            if let Err(error) = forget_segment(&self.log_folder, segment) {
                // Harmless: recovery sees that parts cover it.
                tracing::warn!(segment, %error, "a segment of the log that is no longer needed could not be deleted");
            }
            flushed += 1;
        }
        Ok(flushed)
    }

    async fn write_part(&self, table: &Table, day: Day, range: (u64, u64), rows: u64, file: bytes::Bytes) -> Result<Part, StoreError> {
        let (first, last) = range;
        let part = Part { table: table.name.to_owned(), day, first, last, bytes: file.len() as u64, rows };
        self.files.write(&part.path(), file).await?;
        self.parts_written.fetch_add(1, Ordering::Relaxed);
        Ok(part)
    }

    /// Merges small parts, lets go of records past their retention, and deletes files that nobody reads any more.
    ///
    /// # Errors
    /// When a file cannot be read or written; what was done so far stays done.
    pub async fn tidy(&self, now: Timestamp) -> Result<(), StoreError> {
        let _alone = self.tidying.lock().await;
        self.retain(now);
        let mut result = Ok(());
        for table in self.tables.values() {
            // A table that cannot be merged does not keep the others waiting.
            result = self.merge_all(table).await.and(result);
        }
        for part in self.shelf.take_unread() {
            if let Err(error) = self.files.remove(&part.path()).await {
                tracing::warn!(part = %part.path(), %error, "an obsolete part could not be deleted; it is tried again");
                self.shelf.retire_again(part);
            }
        }
        result
    }

    async fn merge_all(&self, table: &'static Table) -> Result<(), StoreError> {
        while let Some(merge) = self.next_merge(table.name) {
            self.merge(table, &merge).await?;
        }
        Ok(())
    }

    fn retain(&self, now: Timestamp) {
        for table in self.tables.values().filter(|table| table.time_column.is_some()) {
            let Some(days) = self.options.retention_days.get(table.name).copied().or(table.retention_days) else { continue };
            let oldest = Day(Day::of_ms(now.as_millisecond()).0.saturating_sub_unsigned(days));
            for part in self.shelf.snapshot(table.name).parts.iter().filter(|part| part.day < oldest) {
                self.shelf.retire(part);
            }
        }
    }

    fn next_merge(&self, table: &str) -> Option<Vec<Arc<Part>>> {
        let parts = self.shelf.snapshot(table).parts;
        parts.chunk_by(|one, other| one.day == other.day).find_map(|day| {
            let chosen = choose(day, self.options.part_rows, self.options.merge_at.max(2))?;
            Some(day[chosen].to_vec())
        })
    }

    async fn merge(&self, table: &'static Table, parts: &[Arc<Part>]) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(()) };
        let mut contents = Vec::with_capacity(parts.len());
        for part in parts {
            contents.push((part.clone(), self.files.read(&part.path()).await?));
        }
        let encoded = tokio::task::spawn_blocking(move || {
            let mut batches = Vec::new();
            for (part, content) in contents {
                let read =
                    || ParquetRecordBatchReaderBuilder::try_new(content)?.with_batch_size(65_536).build()?.collect::<Result<Vec<_>, _>>();
                batches.extend(read().map_err(|error| (Some(part), StoreError::from(error)))?);
            }
            encode_by_day(table, &batches).map_err(|error| (None, error))
        });
        let encoded = match encoded.await.map_err(|_| StoreError::Closed)? {
            Ok(encoded) => encoded,
            Err((Some(part), error)) => {
                tracing::error!(%error, "a part could not be merged");
                return self.set_aside(&part).await;
            }
            Err((None, error)) => return Err(error),
        };
        for encoded in encoded {
            let part = self.write_part(table, first.day, (first.first, last.last), encoded.rows, encoded.file).await?;
            self.shelf.put(part);
        }
        Ok(())
    }

    /// Takes a damaged part out of sight and keeps its file apart.
    ///
    /// # Errors
    /// When the file cannot be moved.
    pub async fn set_aside(&self, part: &Arc<Part>) -> Result<(), StoreError> {
        self.shelf.forget(part);
        let aside = self.files.set_aside(&part.path()).await?;
        tracing::error!(part = %part.path(), %aside, rows = part.rows, "a damaged part of history was set aside");
        Ok(())
    }

    /// Reads every part of `tables`, sets the damaged ones aside and forgets those whose file is gone. Answers how many there were. Asked
    /// when a query failed.
    ///
    /// # Errors
    /// When a file cannot be reached or a damaged one cannot be moved.
    pub async fn set_damaged_aside(&self, tables: &[String]) -> Result<usize, StoreError> {
        let _alone = self.tidying.lock().await;
        let mut damaged = 0;
        for part in tables.iter().flat_map(|table| self.shelf.snapshot(table).parts) {
            let content = match self.files.read(&part.path()).await {
                Ok(content) => content,
                Err(StoreError::Objects(object_store::Error::NotFound { .. })) => {
                    tracing::error!(part = %part.path(), rows = part.rows, "a part of history is gone: somebody removed its file");
                    self.shelf.forget(&part);
                    damaged += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let read = tokio::task::spawn_blocking(move || {
                let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
                let mut reader = ParquetRecordBatchReaderBuilder::try_new_with_options(content, options).ok()?.build().ok()?;
                reader.all(|batch| batch.is_ok()).then_some(())
            });
            // A decoder that panics says as much as one that fails.
            if read.await.ok().flatten().is_none() {
                self.set_aside(&part).await?;
                damaged += 1;
            }
        }
        Ok(damaged)
    }

    /// Ends the log's thread when it has written what waits. Later appends are refused.
    pub async fn close(&self) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure may lose the last digits of a huge count")]
impl Figures for History {
    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::counter(
                "maru_history_rows_appended_total",
                "Records that were acknowledged.",
                self.rows_appended.load(Ordering::Relaxed),
            ),
            Figure::counter("maru_history_log_bytes_total", "Bytes sent to the log.", self.log_bytes.load(Ordering::Relaxed)),
            Figure::counter(
                "maru_history_append_failures_total",
                "Appends that were refused.",
                self.append_failures.load(Ordering::Relaxed),
            ),
            Figure::counter("maru_history_parts_written_total", "Parquet files written.", self.parts_written.load(Ordering::Relaxed)),
            Figure::gauge(
                "maru_history_waiting_bytes",
                "Bytes that are durable in the log and not yet in a part.",
                self.shelf.waiting().bytes() as f64,
            ),
        ]
    }
}
