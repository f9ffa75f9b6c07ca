//! Runs a query: within its time, its memory and its rows, on threads of its own.

use super::{
    gate::{BOUNDLESS_FUNCTIONS, check_sql, plain_text},
    history_table::{ADDRESS, HistoryTable},
    memory::grown_to,
    pauses::Pauses,
    turns::{Turn, Turns},
    weight::batch_rows,
};
use crate::{
    History, QueryResult, State,
    history::{Snapshot, arrow_schema},
    state::read_table,
};
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, UInt64Array},
        datatypes::{DataType, Field, Schema},
    },
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

/// The most that an answer to the outside holds, besides its rows: as JSON each value takes many times its bytes.
const ANSWER_BYTES: usize = 64 << 20;
const ANSWER_VALUES: usize = 4_000_000;

/// The most that an answer holds.
#[derive(Clone, Copy)]
struct Most {
    rows: usize,
    bytes: usize,
    values: usize,
}

/// How much the process may grow beyond what the engine counts: batches on their way, and what else goes on meanwhile.
const UNCOUNTED_BYTES: u64 = 256 << 20;

/// The SQL engine.
pub struct Sql {
    state: Arc<State>,
    history: Arc<History>,
    tables: Vec<&'static Table>,
    options: SqlOptions,
    session: SessionState,
    turns: Turns,
}

impl Sql {
    /// An engine over `state` and `history`, in which `state_tables` are visible next to all of history.
    ///
    /// # Errors
    /// When the engine does not take its settings.
    pub fn new(state: Arc<State>, history: Arc<History>, state_tables: &[&'static Table], options: SqlOptions) -> Result<Self> {
        let broken = |error: &dyn std::fmt::Display| Error::internal("MARU-0140", format!("The SQL engine cannot start: {error}."));
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
        let session = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(Pauses))
            .build();
        let tables = history.tables().chain(state_tables.iter().copied()).collect();
        Ok(Self { state, history, tables, options, session, turns: Turns::new(options) })
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
        let most = Most { rows: limit.clamp(1, self.options.rows), bytes: ANSWER_BYTES, values: ANSWER_VALUES };
        let (batches, truncated) = self.run(sql, most).await?;
        QueryResult::from_batches(&batches, truncated)
    }

    /// Runs a query of Maru's own, with the same limits, and answers Arrow: all of it.
    ///
    /// # Errors
    /// As [`Sql::query`], and when the answer is too large to be held.
    pub async fn batches(self: &Arc<Self>, sql: &str) -> Result<Vec<RecordBatch>> {
        match self.run(sql, Most { rows: usize::MAX, bytes: self.options.memory_bytes, values: usize::MAX }).await? {
            (batches, false) => Ok(batches),
            (_, true) => Err(self.out_of_memory()),
        }
    }

    async fn run(self: &Arc<Self>, sql: &str, most: Most) -> Result<(Vec<RecordBatch>, bool)> {
        let statement = check_sql(sql)?;
        let turn = self.turns.take().await?;
        let references = self.session.resolve_table_references(&statement).map_err(|error| self.explain(error))?;
        match self.attempt(statement.clone(), &references, most, turn.clone()).await {
            Err(failure) if self.is_about_files(&failure) => {
                let names: Vec<_> = references.iter().map(|reference| reference.table().to_owned()).collect();
                // Even where nothing is damaged, another query may just have set aside what this one could not read.
                self.history.set_damaged_aside(&names).await?;
                self.attempt(statement, &references, most, turn).await.map_err(|failure| self.tell(failure))
            }
            result => result.map_err(|failure| self.tell(failure)),
        }
    }

    async fn attempt(
        self: &Arc<Self>,
        statement: Statement,
        references: &[TableReference],
        most: Most,
        turn: Arc<Turn>,
    ) -> std::result::Result<(Vec<RecordBatch>, bool), Failure> {
        let context = self.context(references).await.map_err(Failure::Other)?;
        let held_turn = turn.clone();
        let work = async move {
            let _turn = held_turn;
            let plan = context.state().statement_to_plan(statement).await?;
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false).verify_plan(&plan)?;
            context.state_ref().write().config_mut().options_mut().execution.batch_size = batch_rows(&plan)?;
            let mut stream = context.execute_logical_plan(plan).await?.execute_stream().await?;
            let (mut batches, mut rows, mut bytes, mut held) = (vec![RecordBatch::new_empty(stream.schema())], 0, 0, 0);
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                let take = batch.num_rows().min(most.rows - rows);
                let truncated = take < batch.num_rows();
                rows += take;
                bytes += batch.get_array_memory_size();
                held += values(batch.columns());
                batches.push(batch.slice(0, take));
                if truncated || bytes > most.bytes || held > most.values {
                    return Ok((batches, true));
                }
            }
            Ok::<_, DataFusionError>((batches, false))
        };
        let Some(running) = turn.run(work) else {
            return Err(Failure::Panic);
        };
        let mut running = AbortOnDrop(running);
        tokio::select! {
            ended = &mut running.0 => match ended {
                Err(_) => Err(Failure::Panic),
                Ok(answer) => answer.map_err(Failure::Query),
            },
            () = tokio::time::sleep(self.options.longest) => Err(Failure::Other(
                Error::new(ErrorKind::Deadline, "MARU-0142", format!("The query ran longer than {} s and was stopped.", self.options.longest.as_secs()))
                    .next("Narrow it down: a shorter time range, fewer series."),
            )),
            () = grown_to(turn.bytes_before() + self.options.memory_bytes as u64 + UNCOUNTED_BYTES) => Err(Failure::Other(self.out_of_memory())),
        }
    }

    /// Ends the threads of queries.
    pub async fn close(&self) {
        self.turns.close().await;
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

    /// Whether files may be the reason, such that it makes sense to look at each of them.
    fn is_about_files(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Query(error) => {
                let causes = || std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
                match causes().find_map(|cause| cause.downcast_ref::<object_store::Error>()) {
                    Some(object_store::Error::NotFound { .. }) => true,
                    Some(_) => self.history.files().is_folder(),
                    None => causes().any(|cause| cause.is::<parquet::errors::ParquetError>()),
                }
            }
            // Garbage can take a decoder by surprise.
            Failure::Panic => true,
            Failure::Other(_) => false,
        }
    }

    fn tell(&self, failure: Failure) -> Error {
        match failure {
            Failure::Query(error) => self.explain(error),
            Failure::Panic => Error::internal("MARU-0143", "The query broke the SQL engine and was stopped."),
            Failure::Other(error) => error,
        }
    }

    fn out_of_memory(&self) -> Error {
        let megabytes = self.options.memory_bytes >> 20;
        Error::new(ErrorKind::Invalid, "MARU-0144", format!("The query needs more memory than the {megabytes} MiB that queries may use."))
            .next("Narrow it down: a shorter time range, fewer columns, fewer groups.")
    }

    fn explain(&self, error: DataFusionError) -> Error {
        let root = error.find_root();
        let text = plain_text(root);
        match root {
            DataFusionError::ResourcesExhausted(_) => self.out_of_memory(),
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
    Panic,
    Other(Error),
}

/// How many values there are, those within lists and maps included.
fn values(columns: &[ArrayRef]) -> usize {
    columns
        .iter()
        .map(|column| {
            let within = match column.data_type() {
                DataType::List(_) => values(std::slice::from_ref(column.as_list::<i32>().values())),
                DataType::LargeList(_) => values(std::slice::from_ref(column.as_list::<i64>().values())),
                DataType::Map(..) => values(column.as_map().entries().columns()),
                DataType::Struct(_) => values(column.as_struct().columns()),
                _ => 0,
            };
            column.len() + within
        })
        .sum()
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
        vec![
            each(|table| table.name.into()),
            each(|table| format!("{:?}", table.store).to_lowercase()),
            each(|table| table.comment.into()),
        ],
    )?;
    let columns: Vec<_> =
        tables.iter().flat_map(|table| table.columns.iter().zip(1..).map(|(column, at)| (table.name, at, column))).collect();
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
