//! A table's columns as Arrow sees them.

use arrow::{
    array::{ArrayRef, MapArray, StringArray, StructArray},
    buffer::OffsetBuffer,
    datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use maru_kernel::{Column, ColumnType, Table};
use std::sync::Arc;

/// The Arrow schema of a table. Comments travel along as field metadata, so that other engines see them too.
#[must_use]
pub fn arrow_schema(table: &Table) -> SchemaRef {
    Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()))
}

fn field(column: &Column) -> Field {
    let data_type = match column.column_type {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Int => DataType::Int64,
        ColumnType::Id => DataType::UInt64,
        ColumnType::Float => DataType::Float64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ColumnType::Map => DataType::Map(Arc::new(entries_field()), false),
    };
    Field::new(column.name, data_type, column.nullable)
}

fn entry_fields() -> Fields {
    Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)])
}

fn entries_field() -> Field {
    Field::new("key_value", DataType::Struct(entry_fields()), false)
}

/// A column of type [`ColumnType::Map`] from pairs per row.
///
/// # Errors
/// When the rows hold more than 2³¹ pairs.
pub fn labels_array<'a, Row>(rows: impl IntoIterator<Item = Row>) -> Result<ArrayRef, ArrowError>
where
    Row: IntoIterator<Item = (&'a str, &'a str)>,
{
    let (mut keys, mut values, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let before = keys.len();
        for (key, value) in row {
            keys.push(key);
            values.push(value);
        }
        lengths.push(keys.len() - before);
    }
    let entries = StructArray::try_new(
        entry_fields(),
        vec![Arc::new(StringArray::from(keys)), Arc::new(StringArray::from(values))],
        None,
    )?;
    Ok(Arc::new(MapArray::try_new(Arc::new(entries_field()), OffsetBuffer::from_lengths(lengths), entries, None, false)?))
}
