//! A history table as the SQL engine sees it: its parts and the records that wait, at one moment.

use super::time_bounds::days;
use crate::history::{Snapshot, arrow_schema};
use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider, memory::DataSourceExec},
    common::{DFSchema, Result, Statistics, stats::Precision},
    datasource::{
        MemTable, TableType,
        listing::PartitionedFile,
        object_store::ObjectStoreUrl,
        physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource, parquet::CachedParquetFileReaderFactory},
    },
    logical_expr::{Expr, TableProviderFilterPushDown, utils::conjunction},
    physical_plan::{ExecutionPlan, union::UnionExec},
};
use maru_kernel::Table;
use object_store::ObjectStore;
use std::{any::Any, sync::Arc};

/// Under which address the engine finds the files of history.
pub(crate) const ADDRESS: &str = "maru://history/";

/// A history table at one moment.
#[derive(Debug)]
pub(crate) struct HistoryTable {
    table: &'static Table,
    schema: SchemaRef,
    snapshot: Snapshot,
    files: Arc<dyn ObjectStore>,
}

impl HistoryTable {
    /// The records of `snapshot`, whose parts are among `files`.
    pub(crate) fn new(table: &'static Table, snapshot: Snapshot, files: Arc<dyn ObjectStore>) -> Self {
        Self { table, schema: arrow_schema(table), snapshot, files }
    }
}

#[async_trait]
impl TableProvider for HistoryTable {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let waiting = MemTable::try_new(self.schema.clone(), vec![self.snapshot.batches.clone()])?;
        let waiting = waiting.scan(session, projection, &[], None).await?;
        let (from, to) = self.table.time_column.map_or_else(|| days([], ""), |column| days(filters, column));
        let files: Vec<PartitionedFile> = self
            .snapshot
            .parts
            .iter()
            .filter(|part| (from..=to).contains(&part.day))
            .map(|part| PartitionedFile::new(part.path(), part.bytes))
            .collect();
        if files.is_empty() {
            return Ok(waiting);
        }

        let cache = session.runtime_env().cache_manager.get_file_metadata_cache();
        let mut source = ParquetSource::new(self.schema.clone())
            .with_enable_page_index(true)
            .with_pushdown_filters(true)
            .with_reorder_filters(true)
            .with_parquet_file_reader_factory(Arc::new(CachedParquetFileReaderFactory::new(self.files.clone(), cache)));
        if let Some(filter) = conjunction(filters.iter().cloned()) {
            let schema = DFSchema::try_from(self.schema.as_ref().clone())?;
            source = source.with_predicate(session.create_physical_expr(filter, &schema)?);
        }
        // The engine reads the smaller side of a join into memory, so it has to know which one that is.
        let mut statistics = Statistics::new_unknown(&self.schema);
        let rows: u64 = self.snapshot.parts.iter().map(|part| part.rows).sum();
        let bytes: u64 = self.snapshot.parts.iter().map(|part| part.bytes).sum();
        statistics.num_rows = Precision::Inexact(usize::try_from(rows).unwrap_or(usize::MAX));
        statistics.total_byte_size = Precision::Inexact(usize::try_from(bytes).unwrap_or(usize::MAX));
        let groups = FileGroup::new(files).split_files(session.config().target_partitions());
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::parse(ADDRESS)?, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            // Rows are filtered again above the scan, so a limit below it could cut off rows that pass.
            .with_limit(if filters.is_empty() { limit } else { None })
            .build();
        UnionExec::try_new(vec![DataSourceExec::from_data_source(scan), waiting])
    }
}
