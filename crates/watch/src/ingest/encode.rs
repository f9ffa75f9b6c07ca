//! Writes remote write bodies, for load generators and tests.
//!
//! Series are written as they are given: labels unsorted, samples out of order and values that Maru refuses are
//! written all the same, so that a test can send what a hostile sender would.

use super::{Kind, NAME, SeriesRef};
use std::collections::{HashMap, HashSet};

/// The content type of a remote write 1.0 body.
pub const CONTENT_TYPE_1: &str = "application/x-protobuf";
/// The content type of a remote write 2.0 body.
pub const CONTENT_TYPE_2: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

/// A body that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// More than snappy's block format can hold.
    #[error("the request does not fit one body: {0}. Write fewer series in one request")]
    TooLarge(#[from] snap::Error),
}

/// A compressed remote write 1.0 body. A series whose kind or unit is known brings metadata for its metric.
pub fn remote_write<'a>(series: impl IntoIterator<Item = SeriesRef<'a>>) -> Result<Vec<u8>, EncodeError> {
    Ok(snap::raw::Encoder::new().compress_vec(&remote_write_message(series))?)
}

/// A compressed remote write 2.0 body.
pub fn remote_write_v2<'a>(series: impl IntoIterator<Item = SeriesRef<'a>>) -> Result<Vec<u8>, EncodeError> {
    Ok(snap::raw::Encoder::new().compress_vec(&remote_write_v2_message(series))?)
}

/// A remote write 1.0 message, not compressed.
pub fn remote_write_message<'a>(series: impl IntoIterator<Item = SeriesRef<'a>>) -> Vec<u8> {
    let mut message = Writer::default();
    let mut described = HashSet::new();
    let mut metadata = Writer::default();
    for series in series {
        message.message(1, |message| {
            for (name, value) in series.labels {
                message.message(1, |label| {
                    label.bytes(1, name.as_bytes());
                    label.bytes(2, value.as_bytes());
                });
            }
            message.samples(&series);
        });
        if (series.kind != Kind::Unknown || series.unit.is_some()) && described.insert(series.name()) {
            metadata.message(3, |metadata| {
                metadata.varint(1, type_number(series.kind));
                metadata.bytes(2, series.name().as_bytes());
                metadata.bytes(5, series.unit.unwrap_or("").as_bytes());
            });
        }
    }
    message.0.extend_from_slice(&metadata.0);
    message.0
}

/// A remote write 2.0 message, not compressed.
pub fn remote_write_v2_message<'a>(series: impl IntoIterator<Item = SeriesRef<'a>>) -> Vec<u8> {
    let mut symbols = Symbols::default();
    let mut body = Writer::default();
    symbols.number("");
    for series in series {
        body.message(5, |message| {
            message.message(1, |packed| {
                for (name, value) in series.labels {
                    packed.raw_varint(symbols.number(name));
                    packed.raw_varint(symbols.number(value));
                }
            });
            message.samples(&series);
            if series.kind != Kind::Unknown || series.unit.is_some() {
                let unit = symbols.number(series.unit.unwrap_or(""));
                message.message(5, |metadata| {
                    metadata.varint(1, type_number(series.kind));
                    metadata.varint(4, unit);
                });
            }
        });
    }
    let mut message = Writer::default();
    for symbol in symbols.texts {
        message.bytes(4, symbol.as_bytes());
    }
    message.0.extend_from_slice(&body.0);
    message.0
}

/// The metric type's number, alike in both versions.
fn type_number(kind: Kind) -> u64 {
    match kind {
        Kind::Unknown => 0,
        Kind::Counter => 1,
        Kind::Gauge => 2,
    }
}

/// Texts by the order in which they were met.
#[derive(Default)]
struct Symbols<'a> {
    numbers: HashMap<&'a str, u64>,
    texts: Vec<&'a str>,
}

impl<'a> Symbols<'a> {
    fn number(&mut self, text: &'a str) -> u64 {
        *self.numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() as u64 - 1
        })
    }
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;

/// Writes protobuf's wire format.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn key(&mut self, field: u32, wire_type: u32) {
        self.raw_varint(u64::from(field << 3 | wire_type));
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn varint(&mut self, field: u32, value: u64) {
        self.key(field, VARINT);
        self.raw_varint(value);
    }

    fn double(&mut self, field: u32, value: f64) {
        self.key(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.key(field, BYTES);
        self.raw_varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Writes a message, or packed numbers, of which the length is known only afterwards.
    fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        self.key(field, BYTES);
        let start = self.0.len();
        write(self);
        let mut length = Writer::default();
        length.raw_varint((self.0.len() - start) as u64);
        self.0.splice(start..start, length.0);
    }

    /// Writes a series' samples; both versions number them alike.
    fn samples(&mut self, series: &SeriesRef<'_>) {
        for sample in series.samples {
            self.message(2, |message| {
                message.double(1, sample.value);
                message.varint(2, sample.time_ms.cast_unsigned());
            });
        }
    }
}

/// The labels of a series named `metric`, for [`SeriesRef::labels`]: adds `__name__` and sorts.
pub fn labels<'a>(metric: &'a str, others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut labels = others.to_vec();
    labels.push((NAME, metric));
    labels.sort_unstable();
    labels
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::testing::{Collected, Series};
    use super::super::{Decoded, Limits, Sample, remote_write as v1, remote_write_v2 as v2};
    use super::*;
    use proptest::prelude::*;

    const LATEST: i64 = 4_102_444_800_000;

    fn any_series() -> impl Strategy<Value = Series> {
        let labels = proptest::collection::btree_map("[a-z][a-z0-9_é]{0,8}", "(?s).{1,200}", 0..6);
        let samples = proptest::collection::btree_map(0..=LATEST, -1e300..1e300, 1..20);
        let unit = proptest::option::of("[a-z]{1,8}");
        ("[a-z_:]{1,140}", labels, samples, any::<bool>(), unit).prop_map(|(name, labels, samples, counter, unit)| {
            let mut labels: Vec<_> = labels.into_iter().collect();
            labels.push((NAME.to_owned(), name));
            labels.sort();
            let samples = samples.into_iter().map(|(time_ms, value)| Sample { time_ms, value }).collect();
            let kind = if counter { Kind::Counter } else { Kind::Gauge };
            Series { labels, kind, unit, samples }
        })
    }

    fn message(encode: fn(Vec<SeriesRef<'_>>) -> Vec<u8>, series: &[Series]) -> Vec<u8> {
        let labels: Vec<Vec<(&str, &str)>> =
            series.iter().map(|series| series.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()).collect();
        let refs = series.iter().zip(&labels).map(|(series, labels)| SeriesRef {
            labels,
            kind: series.kind,
            unit: series.unit.as_deref(),
            samples: &series.samples,
        });
        encode(refs.collect())
    }

    type Decode = fn(&[u8], &Limits, &mut dyn super::super::SeriesSink) -> Result<Decoded, super::super::DecodeError>;
    type Encode = fn(Vec<SeriesRef<'_>>) -> Vec<u8>;
    const VERSIONS: [(Encode, Decode, Decode); 2] = [
        (|series| remote_write_message(series), v1::decode_message, v1::decode),
        (|series| remote_write_v2_message(series), v2::decode_message, v2::decode),
    ];

    proptest! {
        #[test]
        fn what_is_written_is_read_back(mut series in proptest::collection::vec(any_series(), 0..6)) {
            // Remote write 1.0 describes metrics, not series: one description for each name.
            for (index, series) in series.iter_mut().enumerate() {
                let name = format!("m{index}");
                series.labels.iter_mut().filter(|(label, _)| label == NAME).for_each(|(_, value)| *value = name.clone());
            }
            let limits = Limits::between(0, LATEST);
            for (encode, _, decode) in VERSIONS {
                let body = snap::raw::Encoder::new().compress_vec(&message(encode, &series)).unwrap();
                let mut sink = Collected::default();
                let decoded = decode(&body, &limits, &mut sink).unwrap();
                prop_assert_eq!(&sink.0, &series);
                prop_assert_eq!(decoded.samples as usize, series.iter().map(|series| series.samples.len()).sum::<usize>());
                prop_assert!(decoded.rejected.is_empty());
            }
        }

        #[test]
        fn a_truncated_message_is_an_error_or_holds_fewer_series(
            series in proptest::collection::vec(any_series(), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let limits = Limits::between(0, LATEST);
            for (encode, decode, decode_compressed) in VERSIONS {
                let whole = message(encode, &series);
                let part = &whole[..cut.index(whole.len())];
                let mut sink = Collected::default();
                if decode(part, &limits, &mut sink).is_ok() {
                    prop_assert!(sink.0.len() <= series.len());
                }
                // Whether or not it ends in an error, nothing is handed on that was not sent.
                for (read, sent) in sink.0.iter().zip(&series) {
                    prop_assert_eq!((&read.labels, &read.samples), (&sent.labels, &sent.samples));
                }
                let body = snap::raw::Encoder::new().compress_vec(&whole).unwrap();
                let part = &body[..cut.index(body.len())];
                prop_assert!(decode_compressed(part, &limits, &mut Collected::default()).is_err());
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(message in proptest::collection::vec(any::<u8>(), 0..400)) {
            let limits = Limits::between(0, LATEST);
            for (_, decode_message, decode) in VERSIONS {
                let _ = decode_message(&message, &limits, &mut Collected::default());
                let _ = decode(&message, &limits, &mut Collected::default());
            }
        }

        #[test]
        fn a_message_with_one_wrong_byte_is_read_or_refused(
            series in proptest::collection::vec(any_series(), 1..3),
            place in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let limits = Limits::between(0, LATEST);
            for (encode, decode, _) in VERSIONS {
                let mut message = message(encode, &series);
                let place = place.index(message.len());
                message[place] = byte;
                let _ = decode(&message, &limits, &mut Collected::default());
            }
        }
    }
}
