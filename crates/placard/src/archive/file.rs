//! A file of the archive: Parquet, which any tool reads, with each document in it sealed, which none does.
//!
//! Neither pages nor columns are compressed: what is sealed looks like noise. There are no statistics and no dictionaries,
//! so that nothing stands in a file but its rows.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use parquet::{
    column::reader::get_typed_column_reader,
    data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int64Type},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        reader::{FileReader, RowGroupReader, SerializedFileReader},
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};
use placard_store::archive::Row;
use std::sync::Arc;
use uuid::Uuid;

/// What a file holds of each document. Moments are exact to the millisecond, as the databases keep them.
const SCHEMA: &str = "message profiles {
    required fixed_len_byte_array(16) id (UUID);
    required int64 version;
    required int64 created_at (TIMESTAMP(MILLIS,true));
    required int64 updated_at (TIMESTAMP(MILLIS,true));
    required binary sealed;
}";

/// Why a file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// It is no Parquet, or not with these columns.
    #[error("a file of the archive is not as it was written")]
    Parquet(#[from] ParquetError),
    /// A column holds what none of its values is.
    #[error("a file of the archive holds a {0} that is none")]
    Value(&'static str),
}

/// The file of these rows.
pub(super) fn write(rows: &[Row]) -> Result<Vec<u8>, FileError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder()
        .set_created_by("placard".to_owned())
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let mut file = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut file, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    let ids: Vec<_> = rows.iter().map(|row| FixedLenByteArray::from(row.id.as_bytes().to_vec())).collect();
    column::<FixedLenByteArrayType>(&mut group, &ids)?;
    column::<Int64Type>(&mut group, &numbers(rows, |row| row.version))?;
    column::<Int64Type>(&mut group, &numbers(rows, |row| row.created_at.timestamp_millis()))?;
    column::<Int64Type>(&mut group, &numbers(rows, |row| row.updated_at.timestamp_millis()))?;
    let sealed: Vec<_> = rows.iter().map(|row| ByteArray::from(row.sealed.clone())).collect();
    column::<ByteArrayType>(&mut group, &sealed)?;
    group.close()?;
    writer.close()?;
    Ok(file)
}

fn numbers(rows: &[Row], of: impl Fn(&Row) -> i64) -> Vec<i64> {
    rows.iter().map(of).collect()
}

/// Writes the next column.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: &[T::T],
) -> Result<(), FileError> {
    let mut column = group.next_column()?.ok_or(FileError::Value("column"))?;
    column.typed::<T>().write_batch(values, None, None)?;
    Ok(column.close()?)
}

/// The rows of a file.
pub(super) fn read(file: Bytes) -> Result<Vec<Row>, FileError> {
    let reader = SerializedFileReader::new(file)?;
    let mut rows = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let ids = values::<FixedLenByteArrayType>(&*group, 0)?;
        let versions = values::<Int64Type>(&*group, 1)?;
        let made = values::<Int64Type>(&*group, 2)?;
        let changed = values::<Int64Type>(&*group, 3)?;
        let sealed = values::<ByteArrayType>(&*group, 4)?;
        for (place, id) in ids.iter().enumerate() {
            rows.push(Row {
                id: Uuid::from_slice(id.data()).map_err(|_| FileError::Value("id"))?,
                version: versions[place],
                created_at: moment(made[place])?,
                updated_at: moment(changed[place])?,
                sealed: sealed[place].data().to_vec(),
            });
        }
    }
    Ok(rows)
}

/// All values of a column: one for each row, or the file is none of ours.
fn values<T: DataType>(group: &dyn RowGroupReader, column: usize) -> Result<Vec<T::T>, FileError> {
    let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| FileError::Value("row"))?;
    if column >= group.num_columns() {
        return Err(FileError::Value("column"));
    }
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(column)?);
    let mut values = Vec::with_capacity(rows);
    reader.read_records(rows, None, None, &mut values)?;
    if values.len() == rows { Ok(values) } else { Err(FileError::Value("row")) }
}

fn moment(millis: i64) -> Result<DateTime<Utc>, FileError> {
    DateTime::from_timestamp_millis(millis).ok_or(FileError::Value("moment"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = (
            any::<u128>(),
            1..i64::MAX,
            -62_135_596_800_000..253_402_300_799_999_i64,
            prop::collection::vec(any::<u8>(), 0..200),
        );
        let row = row.prop_map(|(id, version, millis, sealed)| {
            let at = DateTime::from_timestamp_millis(millis).unwrap();
            Row { id: Uuid::from_u128(id), version, created_at: at, updated_at: at, sealed }
        });
        prop::collection::vec(row, 1..50)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_read_is_what_was_written(rows in rows()) {
            let file = write(&rows).unwrap();
            prop_assert_eq!(read(file.into()).unwrap(), rows);
        }

        #[test]
        fn a_file_that_was_cut_is_refused(rows in rows(), keep in 0.0..1.0_f64) {
            let mut file = write(&rows).unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            file.truncate((file.len() as f64 * keep) as usize);
            prop_assert!(read(file.into()).is_err());
        }
    }
}
