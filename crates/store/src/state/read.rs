//! A state table as Arrow, for SQL.

use crate::{database_error, history::arrow_schema, history::labels_array};
use arrow::{
    array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array},
    error::ArrowError,
};
use maru_kernel::{Column, ColumnType, Error, ErrorKind, Result, Table};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, TryGetable, sea_query};
use std::{collections::BTreeMap, sync::Arc};

/// The most rows of a state table that one query reads.
const ROW_LIMIT: u64 = 1_000_000;

/// Reads a state table whole. Only the columns that its definition names are read: what is secret is not among them.
pub(crate) async fn read_table(database: &DatabaseConnection, table: &Table) -> Result<RecordBatch> {
    let mut select = sea_query::Query::select();
    select
        .columns(table.columns.iter().map(|column| sea_query::Alias::new(column.name)))
        .from(sea_query::Alias::new(table.name))
        .limit(ROW_LIMIT + 1);
    let rows = database.query_all(&select).await.map_err(database_error)?;
    if rows.len() as u64 > ROW_LIMIT {
        return Err(Error::new(
            ErrorKind::Unavailable,
            "MARU-0123",
            format!("`{}` has over {ROW_LIMIT} rows, too many to read at once.", table.name),
        ));
    }
    let columns = table.columns.iter().map(|column| read_column(&rows, column)).collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(arrow_schema(table), columns).map_err(broken)
}

fn read_column(rows: &[QueryResult], column: &Column) -> Result<ArrayRef> {
    Ok(match column.column_type {
        ColumnType::Text => Arc::new(StringArray::from(values::<String>(rows, column)?)),
        ColumnType::Int => Arc::new(Int64Array::from(values::<i64>(rows, column)?)),
        ColumnType::Id => Arc::new(values::<i64>(rows, column)?.into_iter().map(|id| id.map(i64::cast_unsigned)).collect::<UInt64Array>()),
        ColumnType::Float => Arc::new(Float64Array::from(values::<f64>(rows, column)?)),
        ColumnType::Bool => Arc::new(BooleanArray::from(values::<bool>(rows, column)?)),
        ColumnType::Time => Arc::new(TimestampMillisecondArray::from(values::<i64>(rows, column)?).with_timezone("UTC")),
        ColumnType::Map => {
            let maps: Vec<BTreeMap<String, String>> = values::<String>(rows, column)?
                .iter()
                .map(|text| serde_json::from_str(text.as_deref().unwrap_or("{}")).unwrap_or_default())
                .collect();
            labels_array(maps.iter().map(|map| map.iter().map(|(key, value)| (key.as_str(), value.as_str())))).map_err(broken)?
        }
    })
}

fn values<T: TryGetable>(rows: &[QueryResult], column: &Column) -> Result<Vec<Option<T>>> {
    rows.iter().map(|row| row.try_get::<Option<T>>("", column.name)).collect::<Result<_, DbErr>>().map_err(database_error)
}

fn broken(error: ArrowError) -> Error {
    Error::internal("MARU-0124", format!("A state table does not fit its definition: {error}."))
}
