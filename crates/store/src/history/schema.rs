//! A table's columns as Arrow sees them.

use arrow::{
    array::{ArrayRef, MapArray, RecordBatch, StringArray, StructArray, new_null_array},
    buffer::OffsetBuffer,
    datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use maru_kernel::{Column, ColumnType, Table};
use std::sync::Arc;

/// The Arrow schema of a table.
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

/// Records with the columns that `table` has in this release: what an earlier one did not have is empty, what this one has no more is left
/// out.
///
/// # Errors
/// When a column may not be empty, or holds something else now.
pub(crate) fn fit(table: &Table, records: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = arrow_schema(table);
    if records.schema_ref().fields() == schema.fields() {
        return Ok(records.clone());
    }
    let fitted = |field: &Arc<Field>| match records.column_by_name(field.name()) {
        Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
        None if field.is_nullable() => Ok(new_null_array(field.data_type(), records.num_rows())),
        Some(_) => Err(ArrowError::SchemaError(format!("column `{}` of `{}` holds another type", field.name(), table.name))),
        None => Err(ArrowError::SchemaError(format!("column `{}` of `{}` is missing", field.name(), table.name))),
    };
    let columns = schema.fields().iter().map(fitted).collect::<Result<_, _>>()?;
    RecordBatch::try_new(schema, columns)
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
    let entries = StructArray::try_new(entry_fields(), vec![Arc::new(StringArray::from(keys)), Arc::new(StringArray::from(values))], None)?;
    Ok(Arc::new(MapArray::try_new(Arc::new(entries_field()), OffsetBuffer::from_lengths(lengths), entries, None, false)?))
}
