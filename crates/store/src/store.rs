//! All of a cell's records behind one value.

use crate::{AUDIT, Bus, DataFolder, History, HistoryOptions, Sql, SqlOptions, State, StoreError, history::Lease};
use maru_kernel::{Clock, Figure, Figures, Result, Table, TableStore};
use sea_orm_migration::MigrationTrait;
use std::{path::Path, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often housekeeping looks for something to do.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How long flushing rests after it failed.
const FLUSH_AGAIN: Duration = Duration::from_secs(2);

/// How records are kept.
#[derive(Clone, Debug, Default)]
pub struct StoreOptions {
    /// The address of the state database; `None` for SQLite in the data folder.
    pub state: Option<String>,
    /// How history is kept.
    pub history: HistoryOptions,
    /// Limits on queries.
    pub sql: SqlOptions,
}

/// All of a cell's records.
pub struct Store {
    folder: DataFolder,
    state: Arc<State>,
    history: Arc<History>,
    /// The right to write to a bucket, where history is kept in one.
    lease: Option<Lease>,
    sql: Arc<Sql>,
    bus: Arc<Bus>,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens everything in `folder`: takes its lock, brings the state database up to date, recovers history.
    ///
    /// # Errors
    /// When another process holds the folder, or a part of it cannot be opened.
    pub async fn open(
        folder: &Path,
        options: StoreOptions,
        tables: &[&'static Table],
        migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let folder = DataFolder::open(folder)?;
        let bucket = options.history.address.clone();
        let address = options.state.unwrap_or_else(|| format!("sqlite://{}", folder.path().join("state.db").display()));
        let state = Arc::new(State::open(&address, migrations).await?);
        let (history_tables, state_tables): (Vec<_>, Vec<_>) =
            [&AUDIT].into_iter().chain(tables.iter().copied()).partition(|table| table.store == TableStore::History);
        let history = Arc::new(History::open(folder.path(), &history_tables, options.history).await?);
        let lease = match bucket {
            Some(bucket) => Some(Lease::take(history.files().clone(), &bucket, folder.identity()?, clock.now()).await?),
            None => None,
        };
        let sql = Arc::new(Sql::new(state.clone(), history.clone(), &state_tables, options.sql)?);
        Ok(Self { folder, state, history, lease, sql, bus: Bus::new(), clock })
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// The state database.
    #[must_use]
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// History.
    #[must_use]
    pub fn history(&self) -> &Arc<History> {
        &self.history
    }

    /// SQL over both.
    #[must_use]
    pub fn sql(&self) -> &Arc<Sql> {
        &self.sql
    }

    /// The bus.
    #[must_use]
    pub fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    /// Flushes and tidies history until `shutdown`.
    pub async fn keep_house(&self, shutdown: CancellationToken) {
        let mut seal = tokio::time::interval(self.history.flush_every());
        let mut tidy = tokio::time::interval(TIDY_EVERY);
        seal.tick().await;
        // What a killed process left in the log is flushed right away.
        self.flush(&shutdown).await;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.history.segment_sealed() => self.flush(&shutdown).await,
                _ = seal.tick() => {
                    if let Err(error) = self.history.seal().await {
                        tracing::warn!(%error, "the log could not be sealed");
                    }
                }
                _ = tidy.tick() => {
                    if let Some(lease) = &self.lease
                        && let Err(error) = lease.renew(self.clock.now()).await
                    {
                        tracing::warn!(%error, "the bucket could not be told that this Maru runs; it is tried again in a minute");
                    }
                    if let Err(error) = self.history.tidy(self.clock.now()).await {
                        tracing::warn!(%error, "history could not be tidied; it is tried again in a minute");
                    }
                }
            }
        }
    }

    async fn flush(&self, shutdown: &CancellationToken) {
        let mut failed = false;
        loop {
            match self.history.flush().await {
                Ok(_) => return,
                Err(error) => {
                    if !failed {
                        tracing::warn!(%error, "history could not be flushed; its records stay in the log, and it is tried again");
                    }
                    failed = true;
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(FLUSH_AGAIN) => {}
            }
        }
    }

    /// Refuses while records cannot be written.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`].
    pub fn ready(&self) -> Result<(), StoreError> {
        self.history.ready()
    }

    /// Writes what waits to the log and closes everything.
    pub async fn close(&self) {
        self.sql.close().await;
        self.history.close().await;
        if let Some(lease) = &self.lease {
            lease.give_back().await;
        }
        self.state.close().await;
    }
}

impl Figures for Store {
    fn figures(&self) -> Vec<Figure> {
        self.history.figures()
    }
}
