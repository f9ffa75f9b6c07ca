//! Runs a query: within its time, its memory and its rows, on threads of its own.

use super::{
    gate::{BOUNDLESS_FUNCTIONS, check_sql, first_line},
    history_table::{ADDRESS, HistoryTable},
};
use crate::{
    History, QueryResult, State,
    history::{Snapshot, arrow_schema},
    state::read_table,
};
use datafusion::{
    arrow::{array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array}, datatypes::{DataType, Field, Schema}},
    common::TableReference,
    datasource::{MemTable, TableProvider},
    error::DataFusionError,
    execution::{
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::GreedyMemoryPool,
        runtime_env::RuntimeEnvBuilder,
        session_state::{SessionState, SessionStateBuilder},
    },
    prelude::{SQLOptions, SessionConfig, SessionContext},
    sql::parser::Statement,
};
use futures::StreamExt;
use maru_kernel::{Error, ErrorKind, Result, Table, TableStore};
use std::{sync::Arc, time::Duration};

/// Limits on queries.
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    /// How long a query may run.
    pub longest: Duration,
    /// What all running queries may hold together, in bytes.
    pub memory_bytes: usize,
    /// The most rows that a query answers.
    pub rows: usize,
    /// How many queries run at once; others wait for their turn.
    pub concurrent: usize,
    /// How many may wait; the next is told to come again.
    pub waiting: usize,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { longest: Duration::from_secs(30), memory_bytes: 512 << 20, rows: 100_000, concurrent: 4, waiting: 64 }
    }
}

/// The most bytes that an answer holds.
const ANSWER_BYTES: usize = 64 << 20;

/// The SQL engine.
pub struct Sql {
    state: Arc<State>,
    history: Arc<History>,
    tables: Vec<&'static Table>,
    options: SqlOptions,
    session: SessionState,
    turns: tokio::sync::Semaphore,
    places: tokio::sync::Semaphore,
    /// Queries compute for long stretches, which would keep other work of the process from its turn.
    threads: Option<tokio::runtime::Runtime>,
}

impl Drop for Sql {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

impl Sql {
    /// An engine over `state` and `history`, in which `state_tables` are visible next to all of history.
    ///
    /// # Errors
    /// When threads cannot be started.
    pub fn new(state: Arc<State>, history: Arc<History>, state_tables: &[&'static Table], options: SqlOptions) -> Result<Self> {
        let broken = |error: &dyn std::fmt::Display| Error::internal("MARU-0140", format!("The SQL engine cannot start: {error}."));
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(2, usize::from))
            .thread_name("sql")
            .enable_all()
            .build()
            .map_err(|error| broken(&error))?;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(options.memory_bytes)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()
            .map_err(|error| broken(&error))?;
        let address = url::Url::parse(ADDRESS).map_err(|error| broken(&error))?;
        runtime.register_object_store(&address, history.files().object_store());
        let config = SessionConfig::new()
            .with_information_schema(true)
            .with_default_catalog_and_schema("maru", "public")
            .set_bool("datafusion.execution.enable_recursive_ctes", false)
            .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false);
        let session = SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features().build();
        let tables = history.tables().chain(state_tables.iter().copied()).collect();
        Ok(Self { state, history, tables, options, session, turns: tokio::sync::Semaphore::new(options.concurrent), places: tokio::sync::Semaphore::new(options.concurrent + options.waiting), threads: Some(threads) })
    }

    /// Every table that SQL sees.
    pub fn tables(&self) -> impl Iterator<Item = &'static Table> {
        self.tables.iter().copied()
    }

    /// Runs a query that came from outside and answers at most `limit` rows.
    ///
    /// # Errors
    /// When the statement does anything but read, is wrong, takes too long or too much memory, or too many run.
    pub async fn query(self: &Arc<Self>, sql: &str, limit: usize) -> Result<QueryResult> {
        let limit = limit.clamp(1, self.options.rows);
        let (batches, truncated) = self.run(sql, limit).await?;
        QueryResult::from_batches(&batches, truncated)
    }

    /// Runs a query of Maru's own, with the same limits, and answers Arrow.
    ///
    /// # Errors
    /// As [`Sql::query`].
    pub async fn batches(self: &Arc<Self>, sql: &str) -> Result<Vec<RecordBatch>> {
        Ok(self.run(sql, usize::MAX).await?.0)
    }

    async fn run(self: &Arc<Self>, sql: &str, limit: usize) -> Result<(Vec<RecordBatch>, bool)> {
        let statement = check_sql(sql)?;
        let _place = self.places.try_acquire().map_err(|_| {
            Error::new(
                ErrorKind::TooMany { retry_after: Duration::from_secs(1) },
                "MARU-0141",
                format!("{} queries run and {} wait already.", self.options.concurrent, self.options.waiting),
            )
            .next("Ask again when some of them have ended.")
        })?;
        let _turn = tokio::time::timeout(self.options.longest, self.turns.acquire()).await.map_err(|_| {
            Error::new(ErrorKind::TooMany { retry_after: Duration::from_secs(5) }, "MARU-0149", "The query did not get its turn in time.")
                .next("Ask again later.")
        })?;
        let references = self.session.resolve_table_references(&statement).map_err(|error| self.explain(error))?;
        let result = self.attempt(statement.clone(), &references, limit).await;
        match result {
            Err(Failure::Query(error)) => Err(self.explain(error)),
            Err(Failure::Other(error)) => Err(error),
            Err(Failure::Files(error)) => {
                let names: Vec<_> = references.iter().map(|reference| reference.table().to_owned()).collect();
                if self.history.set_damaged_aside(&names).await? == 0 {
                    return Err(self.explain(error));
                }
                self.attempt(statement, &references, limit).await.map_err(|failure| match failure {
                    Failure::Query(error) | Failure::Files(error) => self.explain(error),
                    Failure::Other(error) => error,
                })
            }
            Ok(answer) => Ok(answer),
        }
    }

    async fn attempt(
        self: &Arc<Self>,
        statement: Statement,
        references: &[TableReference],
        limit: usize,
    ) -> std::result::Result<(Vec<RecordBatch>, bool), Failure> {
        let context = self.context(references).await.map_err(Failure::Other)?;
        let work = async move {
            let plan = context.state().statement_to_plan(statement).await?;
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false).verify_plan(&plan)?;
            let mut stream = context.execute_logical_plan(plan).await?.execute_stream().await?;
            let (mut batches, mut rows, mut bytes) = (vec![RecordBatch::new_empty(stream.schema())], 0, 0);
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                let take = batch.num_rows().min(limit - rows);
                let truncated = take < batch.num_rows();
                rows += take;
                bytes += batch.get_array_memory_size();
                batches.push(batch.slice(0, take));
                if truncated || bytes > ANSWER_BYTES {
                    return Ok((batches, true));
                }
            }
            Ok::<_, DataFusionError>((batches, false))
        };
        let Some(threads) = &self.threads else {
            return Err(Failure::Other(Error::internal("MARU-0140", "The SQL engine has stopped.")));
        };
        let mut running = AbortOnDrop(threads.spawn(work));
        match tokio::time::timeout(self.options.longest, &mut running.0).await {
            Err(_) => Err(Failure::Other(
                Error::new(ErrorKind::Deadline, "MARU-0142", format!("The query ran longer than {} s and was stopped.", self.options.longest.as_secs()))
                    .next("Narrow it down: a shorter time range, fewer series."),
            )),
            Ok(Err(_)) => Err(Failure::Other(Error::internal("MARU-0143", "The query broke the SQL engine and was stopped."))),
            Ok(Ok(Err(error))) => Err(Failure::from(error)),
            Ok(Ok(Ok(answer))) => Ok(answer),
        }
    }

    /// A session in which the tables that the query names are as they are now.
    async fn context(&self, references: &[TableReference]) -> Result<SessionContext> {
        let mut session = self.session.clone();
        session.register_catalog_list(Arc::new(datafusion::catalog::MemoryCatalogProviderList::new()));
        let context = SessionContext::new_with_state(session);
        let catalog = datafusion::catalog::MemoryCatalogProvider::new();
        let schema = Arc::new(datafusion::catalog::MemorySchemaProvider::new());
        datafusion::catalog::CatalogProvider::register_schema(&catalog, "public", schema).map_err(|error| self.explain(error))?;
        context.register_catalog("maru", Arc::new(catalog));
        for name in BOUNDLESS_FUNCTIONS {
            context.deregister_udf(name);
        }
        let named = |name: &str| references.iter().any(|reference| reference.table() == name);
        for table in &self.tables {
            let provider: Arc<dyn TableProvider> = match (table.store, named(table.name)) {
                (_, false) => Arc::new(self.memory(RecordBatch::new_empty(arrow_schema(table)))?),
                (TableStore::History, true) => {
                    let snapshot: Snapshot = self.history.snapshot(table.name);
                    Arc::new(HistoryTable::new(table, snapshot, self.history.files().object_store()))
                }
                (TableStore::State, true) => Arc::new(self.memory(read_table(self.state.db(), table).await?)?),
            };
            context.register_table(table.name, provider).map_err(|error| self.explain(error))?;
        }
        let (tables, columns) = catalogue(&self.tables).map_err(|error| self.explain(error.into()))?;
        for (name, batch) in [("maru_tables", tables), ("maru_columns", columns)] {
            context.register_table(name, Arc::new(self.memory(batch)?)).map_err(|error| self.explain(error))?;
        }
        Ok(context)
    }

    fn memory(&self, batch: RecordBatch) -> Result<MemTable> {
        MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(|error| self.explain(error))
    }

    fn explain(&self, error: DataFusionError) -> Error {
        let root = error.find_root();
        let text = first_line(&root.strip_backtrace());
        match root {
            DataFusionError::ResourcesExhausted(_) => {
                let megabytes = self.options.memory_bytes >> 20;
                Error::new(ErrorKind::Invalid, "MARU-0144", format!("The query needs more memory than the {megabytes} MiB that queries may use."))
                    .next("Narrow it down: a shorter time range, fewer columns, fewer groups.")
            }
            DataFusionError::Plan(_) | DataFusionError::SQL(..) | DataFusionError::SchemaError(..) => {
                Error::invalid("MARU-0145", "sql", format!("{text}.")).next("`SELECT * FROM maru_columns` lists what there is.")
            }
            DataFusionError::NotImplemented(_) => Error::invalid("MARU-0146", "sql", format!("{text}.")),
            _ => Error::invalid("MARU-0147", "sql", format!("The query failed: {text}.")),
        }
    }
}

/// Why an attempt failed, as far as it decides what to do about it.
enum Failure {
    Query(DataFusionError),
    /// A file could not be read.
    Files(DataFusionError),
    Other(Error),
}

impl From<DataFusionError> for Failure {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) => Self::Files(error),
            DataFusionError::ArrowError(inner, _) if matches!(**inner, arrow::error::ArrowError::ParquetError(_)) => Self::Files(error),
            _ => Self::Query(error),
        }
    }
}

/// Stops the work when whoever waits for it goes away.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The tables and columns there are, with their comments, as tables.
fn catalogue(tables: &[&'static Table]) -> std::result::Result<(RecordBatch, RecordBatch), arrow::error::ArrowError> {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let strings = |values: Vec<String>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let each = |value: fn(&Table) -> String| strings(tables.iter().map(|table| value(table)).collect());
    let table_schema = Schema::new(vec![text("name"), text("store"), text("comment")]);
    let table_rows = RecordBatch::try_new(
        Arc::new(table_schema),
        vec![each(|table| table.name.into()), each(|table| format!("{:?}", table.store).to_lowercase()), each(|table| table.comment.into())],
    )?;
    let columns: Vec<_> = tables.iter().flat_map(|table| table.columns.iter().zip(1..).map(|(column, at)| (table.name, at, column))).collect();
    let column_schema = Schema::new(vec![
        text("table_name"),
        text("name"),
        Field::new("position", DataType::UInt64, false),
        text("type"),
        Field::new("nullable", DataType::Boolean, false),
        text("comment"),
    ]);
    let column_rows = RecordBatch::try_new(
        Arc::new(column_schema),
        vec![
            strings(columns.iter().map(|(table, ..)| (*table).to_owned()).collect()),
            strings(columns.iter().map(|(.., column)| column.name.to_owned()).collect()),
            Arc::new(columns.iter().map(|(_, at, _)| Some(*at)).collect::<UInt64Array>()),
            strings(columns.iter().map(|(.., column)| format!("{:?}", column.column_type).to_lowercase()).collect()),
            Arc::new(columns.iter().map(|(.., column)| Some(column.nullable)).collect::<BooleanArray>()),
            strings(columns.iter().map(|(.., column)| column.comment.to_owned()).collect()),
        ],
    )?;
    Ok((table_rows, column_rows))
}
