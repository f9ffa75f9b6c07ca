//! One record per call of an operation, in history.

use crate::{History, history::arrow_schema};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use async_trait::async_trait;
use maru_kernel::{Audit, AuditRecord, Column, ColumnType, Error, Outcome, Result, Table, TableStore};
use std::sync::Arc;

/// Every call of an operation, allowed or denied.
pub const AUDIT: Table = Table {
    name: "audit",
    comment: "Every call of an operation, allowed or denied",
    store: TableStore::History,
    columns: &[
        Column::new("time", ColumnType::Time, "When the call came in"),
        Column::new("principal", ColumnType::Text, "Who called"),
        Column::new("principal_kind", ColumnType::Text, "What sort of caller: person, service, agent or local"),
        Column::new("surface", ColumnType::Text, "Through which surface: cli, http, …"),
        Column::new("operation", ColumnType::Text, "What was called"),
        Column::new("input", ColumnType::Text, "With which input, as JSON; secrets are taken out"),
        Column::new("outcome", ColumnType::Text, "How it ended: succeeded, denied or failed"),
        Column::nullable("error_code", ColumnType::Text, "The code of the error, where it failed"),
        Column::new("duration_ms", ColumnType::Int, "How long it ran, in milliseconds"),
    ],
    time_column: Some("time"),
    sort: &["time"],
    retention_days: Some(400),
};

/// The longest input that a record keeps.
const INPUT_BYTES: usize = 16 << 10;

/// Keeps audit records in history.
pub struct HistoryAudit(Arc<History>);

impl HistoryAudit {
    /// An audit that writes to `history`, which has the table [`AUDIT`].
    #[must_use]
    pub fn new(history: Arc<History>) -> Self {
        Self(history)
    }
}

#[async_trait]
impl Audit for HistoryAudit {
    fn ready(&self) -> Result<()> {
        Ok(self.0.ready()?)
    }

    async fn record(&self, record: AuditRecord) -> Result<()> {
        let (outcome, code) = match &record.outcome {
            Outcome::Succeeded => ("succeeded", None),
            Outcome::Denied => ("denied", None),
            Outcome::Failed(code) => ("failed", Some(*code)),
        };
        let kind = serde_json::to_value(record.principal.kind).unwrap_or_default();
        let mut input = record.input.to_string();
        if input.len() > INPUT_BYTES {
            input.truncate(input.floor_char_boundary(INPUT_BYTES));
            input.push('…');
        }
        let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
        let columns = vec![
            Arc::new(TimestampMillisecondArray::from(vec![record.time.as_millisecond()]).with_timezone("UTC")) as ArrayRef,
            text(&record.principal.name),
            text(kind.as_str().unwrap_or_default()),
            text(record.surface),
            text(&record.operation),
            text(&input),
            text(outcome),
            Arc::new(StringArray::from(vec![code])),
            Arc::new(Int64Array::from(vec![record.duration_ms])),
        ];
        let batch = RecordBatch::try_new(arrow_schema(&AUDIT), columns).map_err(|error| Error::internal("MARU-0150", error.to_string()))?;
        Ok(self.0.append(vec![(AUDIT.name, batch)]).await?)
    }
}
