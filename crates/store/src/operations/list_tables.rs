use crate::Store;
use maru_kernel::{Call, ColumnType, Effect, Operation, Result, TableStore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the tables that SQL can read, with their columns.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListTables {}

/// The tables that SQL can read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TableList {
    /// Each table.
    pub tables: Vec<TableDescription>,
}

/// A table that SQL can read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TableDescription {
    /// Its name.
    pub name: String,
    /// What a record is.
    pub comment: String,
    /// Where its records live.
    pub store: TableStore,
    /// How many records it holds; only told for history.
    pub rows: Option<u64>,
    /// How many bytes its files take; only told for history.
    pub bytes: Option<u64>,
    /// Its columns, in order.
    pub columns: Vec<ColumnDescription>,
}

/// A column of a table.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ColumnDescription {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// What it holds, with its unit.
    pub comment: String,
}

impl Operation for ListTables {
    const NAME: &'static str = "table.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["table list"];
    type Room = Store;
    type Output = TableList;

    async fn run(self, store: &Store, _call: &Call) -> Result<TableList> {
        let tables = store.sql().tables().map(|table| {
            let figures = (table.store == TableStore::History).then(|| store.history().table_figures(table.name));
            let columns = table.columns.iter().map(|column| ColumnDescription {
                name: column.name.into(),
                column_type: column.column_type,
                comment: column.comment.into(),
            });
            TableDescription {
                name: table.name.into(),
                comment: table.comment.into(),
                store: table.store,
                rows: figures.map(|figures| figures.rows),
                bytes: figures.map(|figures| figures.bytes),
                columns: columns.collect(),
            }
        });
        Ok(TableList { tables: tables.collect() })
    }
}
