//! What a cell is composed of: one store, and every capability over it.
//!
//! The one place that knows all rooms. Must never hold logic of its own: whatever is decided here is decided by a room.

use crate::configuration::Configuration;
use maru_kernel::{Clock, Error, Figures, Gate, Registry, Result, RolePolicy, SystemClock};
use maru_store::{HistoryAudit, HistoryOptions, SqlOptions, Store, StoreOptions};
use maru_surface::{
    Catalogue,
    http::Services,
    identity::{self, Identity},
};
use maru_watch::{Watch, WatchOptions};
use sea_orm_migration::MigrationTrait;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What a cell is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To run: sources and housekeeping start.
    Serve,
    /// To answer one command.
    Command,
}

/// A whole Maru.
pub struct Cell {
    /// The way to every operation.
    pub gate: Arc<Gate>,
    /// Who may come in.
    pub identity: Arc<Identity>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    watch: Arc<Watch>,
    store: Arc<Store>,
    shutdown: CancellationToken,
    /// What takes samples in. It ends first, so that what it took is kept.
    sources: Option<JoinHandle<()>>,
    housekeeping: TaskTracker,
}

impl Cell {
    /// Opens everything in the data folder.
    ///
    /// # Errors
    /// When another process holds the folder, or a part of it cannot be opened.
    pub async fn open(configuration: &Configuration, mode: Mode) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tables: Vec<_> = catalogue().all_tables().collect();
        let store = Store::open(&configuration.data, store_options(configuration), &tables, migrations, clock.clone()).await?;
        let store = Arc::new(store);
        let watch = Watch::open(store.clone(), watch_options(configuration), clock.clone()).await?;
        let identity = Arc::new(Identity::new(store.state().clone(), clock.clone()));

        let catalogue = Catalogue::new();
        let mut registry = Registry::new();
        maru_store::register(registry.room(store.clone()));
        maru_watch::register(registry.room(watch.clone()));
        registry.tables(&tables);
        maru_surface::register(&mut registry, identity.clone(), catalogue.clone());
        let registry = Arc::new(registry);
        catalogue.bind(&registry);

        let audit = Arc::new(HistoryAudit::new(store.history().clone()));
        let gate = Arc::new(Gate::new(registry, Arc::new(RolePolicy), audit));
        let mut cell = Self {
            gate,
            identity,
            clock,
            watch,
            store,
            shutdown: CancellationToken::new(),
            sources: None,
            housekeeping: TaskTracker::new(),
        };
        if mode == Mode::Serve {
            cell.start();
        }
        Ok(cell)
    }

    fn start(&mut self) {
        let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
        self.housekeeping.spawn(async move { store.keep_house(shutdown).await });
        self.sources = Some(tokio::spawn(self.watch.clone().run(self.figures(), self.shutdown.clone())));
    }

    fn figures(&self) -> Vec<Arc<dyn Figures>> {
        vec![self.store.clone(), self.watch.clone()]
    }

    /// What the HTTP surface serves.
    #[must_use]
    pub fn services(&self) -> Services {
        let store = self.store.clone();
        Services {
            gate: self.gate.clone(),
            identity: self.identity.clone(),
            watch: Arc::new(self.watch.clone()),
            bus: self.store.bus().clone(),
            clock: self.clock.clone(),
            figures: self.figures(),
            ready: Arc::new(move || Ok(store.ready()?)),
            local_token: None,
        }
    }

    /// Stops what runs, keeps what is in memory, and gives the folder back.
    ///
    /// # Errors
    /// When a part of it broke.
    pub async fn close(mut self) -> Result<()> {
        self.shutdown.cancel();
        let sources = match self.sources.take() {
            Some(sources) => sources.await,
            None => Ok(()),
        };
        self.housekeeping.close();
        self.housekeeping.wait().await;
        self.store.close().await;
        sources.map_err(|error| Error::internal("MARU-0760", format!("Watching broke off: {error}.")))
    }
}

/// What operations and tables there are, none of which can be called. The command line is made from it, before it is known which data
/// folder to open.
#[must_use]
pub fn catalogue() -> Registry {
    let mut registry = Registry::new();
    maru_store::register(registry.catalogue());
    maru_watch::register(registry.catalogue());
    registry.tables(&maru_watch::tables());
    maru_surface::describe(&mut registry);
    registry
}

fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    identity::migrations().into_iter().chain(maru_watch::migrations()).collect()
}

fn store_options(configuration: &Configuration) -> StoreOptions {
    let retention_days = [("samples", configuration.retention.samples_days), ("bands", configuration.retention.bands_days)];
    StoreOptions {
        state: configuration.state.clone(),
        history: HistoryOptions {
            address: configuration.history.clone(),
            flush_every: Duration::from_secs(configuration.history_flush_seconds),
            waiting_limit_bytes: configuration.limits.ingest_buffer_bytes,
            retention_days: BTreeMap::from(retention_days.map(|(table, days)| (table.to_owned(), days))),
            ..HistoryOptions::default()
        },
        sql: SqlOptions {
            longest: Duration::from_secs(configuration.limits.sql_seconds),
            memory_bytes: configuration.limits.memory_bytes,
            rows: configuration.limits.sql_rows,
            ..SqlOptions::default()
        },
    }
}

fn watch_options(configuration: &Configuration) -> WatchOptions {
    WatchOptions {
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        watch_host: configuration.watch.host,
        interval: Duration::from_secs(configuration.watch.interval_seconds.max(1)),
        scrape: configuration.watch.scrape.clone(),
        keep_days: configuration.retention.samples_days,
        ..WatchOptions::default()
    }
}
