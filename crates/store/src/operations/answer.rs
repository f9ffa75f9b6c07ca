//! Arrow as JSON that keeps its meaning: identities beyond 2⁵³ and values that JSON has no word for become text.

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{
        DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
    error::ArrowError,
    util::display::{ArrayFormatter, FormatOptions},
};
use maru_kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// The largest integer that every JSON reader keeps exactly.
const EXACT: u64 = 1 << 53;

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct QueryColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct QueryResult {
    /// The columns, in order.
    pub columns: Vec<QueryColumn>,
    /// The rows, each with a value per column.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more rows than asked for.
    pub truncated: bool,
}

impl QueryResult {
    /// An answer from batches of one schema.
    ///
    /// # Errors
    /// When a value cannot be shown.
    pub fn from_batches(batches: &[RecordBatch], truncated: bool) -> Result<Self> {
        let columns = batches.first().map_or_else(Vec::new, |batch| {
            let fields = batch.schema_ref().fields().iter();
            fields.map(|field| QueryColumn { name: field.name().clone(), data_type: type_name(field.data_type()) }).collect()
        });
        let mut rows = Vec::new();
        for batch in batches {
            for row in 0..batch.num_rows() {
                let values = batch.columns().iter().map(|column| value(column.as_ref(), row));
                rows.push(values.collect::<Result<_, ArrowError>>().map_err(|error| Error::internal("MARU-0148", error.to_string()))?);
            }
        }
        Ok(Self { columns, rows, truncated })
    }
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".into(),
        DataType::Timestamp(..) => "time".into(),
        DataType::Map(..) => "map".into(),
        DataType::List(_) | DataType::LargeList(_) => "list".into(),
        other => other.to_string().to_lowercase(),
    }
}

fn value(array: &dyn Array, row: usize) -> Result<Value, ArrowError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => integer(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => {
            let number = array.as_primitive::<UInt64Type>().value(row);
            if number <= EXACT { number.into() } else { number.to_string().into() }
        }
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let pair = |entry| Ok((plain(keys.as_ref(), entry)?, value(values.as_ref(), entry)?));
            Value::Object((0..entries.len()).map(pair).collect::<Result<_, ArrowError>>()?)
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|item| value(items.as_ref(), item)).collect::<Result<Vec<_>, _>>()?.into()
        }
        _ => plain(array, row)?.into(),
    })
}

fn integer(number: i64) -> Value {
    if number.unsigned_abs() <= EXACT { number.into() } else { number.to_string().into() }
}

fn float(number: f64) -> Value {
    if number.is_finite() { json!(number) } else { number.to_string().into() }
}

fn plain(array: &dyn Array, row: usize) -> Result<String, ArrowError> {
    let options = FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.3fZ"));
    ArrayFormatter::try_new(array, &options)?.value(row).try_to_string()
}
