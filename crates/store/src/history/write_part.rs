//! Turns waiting records into Parquet: sorted, split by day, encoded for their types. Pure but for the CPU it takes.

use super::{
    part::Day,
    schema::{arrow_schema, fit},
};
use crate::StoreError;
use arrow::{
    array::{Array, AsArray, RecordBatch, UInt32Array},
    compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch},
    datatypes::{DataType, SchemaRef, TimestampMillisecondType, UInt64Type},
};
use bytes::Bytes;
use maru_kernel::{ColumnType, Table};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, Encoding, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties},
    schema::types::ColumnPath,
};
use std::collections::BTreeMap;

/// A day's records, encoded.
pub(crate) struct EncodedDay {
    pub(crate) day: Day,
    pub(crate) rows: u64,
    pub(crate) file: Bytes,
}

/// Encodes records, a file per day, each sorted as the table wants.
pub(crate) fn encode_by_day(table: &Table, batches: &[RecordBatch]) -> Result<Vec<EncodedDay>, StoreError> {
    let schema = arrow_schema(table);
    let batches = batches.iter().map(|batch| fit(table, batch)).collect::<Result<Vec<_>, _>>()?;
    let records = concat_batches(&schema, &batches)?;
    let days = split_by_day(table, &records)?;
    days.into_iter()
        .map(|(day, records)| {
            let records = sort(table, records)?;
            Ok(EncodedDay { day, rows: records.num_rows() as u64, file: encode(table, &schema, &records)? })
        })
        .collect()
}

/// The milliseconds since the epoch by which records of the table are filed.
pub(crate) fn times(table: &Table, records: &RecordBatch) -> Option<arrow::array::PrimitiveArray<TimestampMillisecondType>> {
    records.column_by_name(table.time_column?)?.as_primitive_opt::<TimestampMillisecondType>().cloned()
}

fn split_by_day(table: &Table, records: &RecordBatch) -> Result<BTreeMap<Day, RecordBatch>, StoreError> {
    let Some(times) = times(table, records) else {
        return Ok(BTreeMap::from([(Day(0), records.clone())]));
    };
    let (least, greatest) = (arrow::compute::min(&times), arrow::compute::max(&times));
    let (Some(least), Some(greatest)) = (least, greatest) else {
        return Ok(BTreeMap::new());
    };
    if Day::of_ms(least) == Day::of_ms(greatest) {
        return Ok(BTreeMap::from([(Day::of_ms(least), records.clone())]));
    }
    let mut rows: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
    for (row, time) in times.values().iter().enumerate() {
        rows.entry(Day::of_ms(*time)).or_default().push(row_number(row));
    }
    rows.into_iter().map(|(day, rows)| Ok((day, take_record_batch(records, &UInt32Array::from(rows))?))).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "a segment or a part holds far fewer than 2^32 rows")]
fn row_number(row: usize) -> u32 {
    row as u32
}

fn sort(table: &Table, records: RecordBatch) -> Result<RecordBatch, StoreError> {
    let columns: Vec<_> = table.sort.iter().filter_map(|name| records.column_by_name(name)).cloned().collect();
    let indices = match columns.as_slice() {
        [] => return Ok(records),
        // The one case that is hot: identity by time. Sorting plain numbers is several times faster than comparing through Arrow.
        [identity, time] if identity.data_type() == &DataType::UInt64 && matches!(time.data_type(), DataType::Timestamp(..)) => {
            let identity = identity.as_primitive::<UInt64Type>().values();
            let time = time.as_primitive::<TimestampMillisecondType>().values();
            let mut rows: Vec<(u64, i64, u32)> =
                identity.iter().zip(time).enumerate().map(|(row, (identity, time))| (*identity, *time, row_number(row))).collect();
            rows.sort_unstable();
            UInt32Array::from_iter_values(rows.into_iter().map(|(_, _, row)| row))
        }
        _ => lexsort_to_indices(&columns.into_iter().map(|values| SortColumn { values, options: None }).collect::<Vec<_>>(), None)?,
    };
    Ok(take_record_batch(&records, &indices)?)
}

fn encode(table: &Table, schema: &SchemaRef, records: &RecordBatch) -> Result<Bytes, StoreError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(1_000_000))
        .set_data_page_row_count_limit(8_192)
        .set_write_batch_size(8_192)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_created_by(format!("maru {}", env!("CARGO_PKG_VERSION")));
    for column in table.columns {
        let encoding = match column.column_type {
            ColumnType::Time | ColumnType::Id | ColumnType::Int => Encoding::DELTA_BINARY_PACKED,
            ColumnType::Float => Encoding::BYTE_STREAM_SPLIT,
            ColumnType::Text | ColumnType::Bool | ColumnType::Map => continue,
        };
        let path = ColumnPath::from(column.name);
        properties = properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding);
    }
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, schema.clone(), Some(properties.build()))?;
    writer.write(records)?;
    writer.close()?;
    Ok(file.into())
}
