//! Reckons how much memory a request takes once it is decoded, before it is decoded.
//!
//! In protobuf two bytes are an empty message, and in memory that message takes up to some hundred. A body within its
//! limit could so ask for many times its size.

use super::super::DecodeError;
use super::super::protobuf::{Reader, Value};
use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, SummaryDataPoint,
    summary_data_point::ValueAtQuantile,
};

/// Room that a growing list may hold in reserve.
const SPARE: usize = 2;

/// What a histogram's bucket takes when it becomes a series of its own.
const BUCKET: usize = 128;

/// The decoder's own bound on nesting; what is deeper it refuses.
const DEEPEST: usize = 100;

/// The messages of a request that hold further messages, or many small values.
#[derive(Clone, Copy)]
enum Shape {
    Request,
    ResourceMetrics,
    Resource,
    EntityRef,
    ScopeMetrics,
    Scope,
    Metric,
    Numbers,
    Histograms,
    ExponentialHistograms,
    Summaries,
    Number,
    Histogram,
    ExponentialHistogram,
    Buckets,
    Counts,
    Bounds,
    Summary,
    Quantile,
    Exemplar,
    KeyValue,
    AnyValue,
    Array,
    KeyValues,
    Text,
}

impl Shape {
    /// What a field of this message holds, unless it is a plain value or unknown.
    fn child(self, field: u32) -> Option<Shape> {
        Some(match (self, field) {
            (Shape::Request, 1) => Shape::ResourceMetrics,
            (Shape::ResourceMetrics, 1) => Shape::Resource,
            (Shape::ResourceMetrics, 2) => Shape::ScopeMetrics,
            (Shape::Resource, 3) => Shape::EntityRef,
            (Shape::EntityRef, 3 | 4) => Shape::Text,
            (Shape::ScopeMetrics, 1) => Shape::Scope,
            (Shape::ScopeMetrics, 2) => Shape::Metric,
            (Shape::Metric, 5 | 7) => Shape::Numbers,
            (Shape::Metric, 9) => Shape::Histograms,
            (Shape::Metric, 10) => Shape::ExponentialHistograms,
            (Shape::Metric, 11) => Shape::Summaries,
            (Shape::Numbers, 1) => Shape::Number,
            (Shape::Histograms, 1) => Shape::Histogram,
            (Shape::ExponentialHistograms, 1) => Shape::ExponentialHistogram,
            (Shape::Summaries, 1) => Shape::Summary,
            (Shape::Number, 5) | (Shape::Histogram, 8) | (Shape::ExponentialHistogram, 11) => Shape::Exemplar,
            (Shape::ExponentialHistogram, 8 | 9) => Shape::Buckets,
            (Shape::Buckets, 2) => Shape::Counts,
            (Shape::Histogram, 7) => Shape::Bounds,
            (Shape::Summary, 6) => Shape::Quantile,
            (Shape::Resource | Shape::ExponentialHistogram, 1)
            | (Shape::Scope, 3)
            | (Shape::Metric, 12)
            | (Shape::Number | Shape::Summary | Shape::Exemplar, 7)
            | (Shape::Histogram, 9)
            | (Shape::KeyValues, 1) => Shape::KeyValue,
            (Shape::KeyValue, 2) | (Shape::Array, 1) => Shape::AnyValue,
            (Shape::AnyValue, 5) => Shape::Array,
            (Shape::AnyValue, 6) => Shape::KeyValues,
            _ => return None,
        })
    }

    /// What one of these takes in memory, without what it holds. What is part of another takes nothing more.
    fn size(self) -> usize {
        match self {
            Shape::Request | Shape::Resource | Shape::Buckets | Shape::Counts | Shape::Bounds => 0,
            Shape::Numbers | Shape::Histograms | Shape::ExponentialHistograms | Shape::Summaries => 0,
            Shape::KeyValues | Shape::Array => 0,
            Shape::ResourceMetrics => size_of::<ResourceMetrics>(),
            Shape::EntityRef => size_of::<EntityRef>(),
            Shape::ScopeMetrics => size_of::<ScopeMetrics>(),
            Shape::Scope => size_of::<InstrumentationScope>(),
            Shape::Metric => size_of::<Metric>(),
            Shape::Number => size_of::<NumberDataPoint>(),
            Shape::Histogram => size_of::<HistogramDataPoint>(),
            Shape::ExponentialHistogram => size_of::<ExponentialHistogramDataPoint>(),
            Shape::Summary => size_of::<SummaryDataPoint>(),
            Shape::Quantile => size_of::<ValueAtQuantile>(),
            Shape::Exemplar => size_of::<Exemplar>(),
            Shape::KeyValue => size_of::<KeyValue>(),
            Shape::AnyValue => size_of::<AnyValue>(),
            Shape::Text => size_of::<String>(),
        }
    }
}

/// The bytes that the protobuf `body` takes once it is decoded, or where it is malformed.
pub(super) fn of_protobuf(body: &[u8]) -> Result<usize, DecodeError> {
    let malformed = DecodeError::in_field("ExportMetricsServiceRequest");
    let mut weight = body.len();
    // The way from the outermost message to the one that is being read.
    let mut way = vec![(Reader::new(body), Shape::Request)];
    while let Some((reader, shape)) = way.last_mut() {
        let Some(field) = reader.field().map_err(&malformed)? else {
            way.pop();
            continue;
        };
        let Some(child) = shape.child(field.number) else { continue };
        match (child, field.value) {
            (Shape::Counts, Value::Bytes(packed)) => weight += packed.rest().len() * size_of::<u64>() * SPARE,
            (Shape::Counts, _) => weight += size_of::<u64>() * SPARE,
            (Shape::Bounds, Value::Bytes(packed)) => weight += packed.rest().len() / size_of::<f64>() * BUCKET,
            (Shape::Bounds, _) => weight += BUCKET,
            (_, Value::Bytes(message)) => {
                weight += child.size() * SPARE;
                if !matches!(child, Shape::Text) && way.len() < DEEPEST {
                    way.push((message, child));
                }
            }
            // The decoder itself refuses a message that is not length-delimited.
            _ => {}
        }
    }
    Ok(weight)
}

/// The bytes that the JSON `body` takes at most once it is decoded, reckoned from how many values it can hold.
pub(super) fn of_json(body: &[u8]) -> usize {
    const OBJECT: usize = size_of::<HistogramDataPoint>();
    const VALUE: usize = 64;
    body.iter().fold(body.len(), |weight, byte| match byte {
        b'{' => weight + OBJECT,
        b',' | b'[' => weight + VALUE,
        _ => weight,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::super::testing::field;
    use super::*;

    /// A body of `count` empty messages, at the end of this path of fields.
    fn empty_messages(path: &[u32], count: usize) -> Vec<u8> {
        let (last, path) = path.split_last().unwrap();
        let innermost = field(*last, &[]).repeat(count);
        path.iter().rev().fold(innermost, |inner, number| field(*number, &inner))
    }

    #[test]
    fn many_empty_messages_weigh_what_they_take() {
        let sizes = [
            (&[1][..], size_of::<ResourceMetrics>()),
            (&[1, 1, 1], size_of::<KeyValue>()),
            (&[1, 2, 2], size_of::<Metric>()),
            (&[1, 2, 2, 5, 1], size_of::<NumberDataPoint>()),
            (&[1, 2, 2, 9, 1], size_of::<HistogramDataPoint>()),
            (&[1, 2, 2, 10, 1], size_of::<ExponentialHistogramDataPoint>()),
            (&[1, 2, 2, 11, 1, 6], size_of::<ValueAtQuantile>()),
            (&[1, 2, 2, 7, 1, 5, 7], size_of::<KeyValue>()),
            (&[1, 1, 1, 2, 5, 1], size_of::<AnyValue>()),
        ];
        for (path, size) in sizes {
            let weight = of_protobuf(&empty_messages(path, 1_000)).unwrap();
            let least = 1_000 * size * SPARE;
            assert!((least..least + 20_000).contains(&weight), "{path:?}: {weight} for {least}");
        }
    }

    #[test]
    fn says_where_a_body_is_malformed() {
        let mut body = empty_messages(&[1, 2, 2], 3);
        body.pop();
        insta::assert_snapshot!(of_protobuf(&body).unwrap_err(), @"field `ExportMetricsServiceRequest` at byte 0 of the message: the field claims to be 8 bytes long, and its message has 7 left");
    }

    #[test]
    fn nesting_without_end_is_no_trouble() {
        let path: Vec<u32> = [1, 1, 1, 2].into_iter().chain([5, 1].into_iter().cycle().take(2_000)).collect();
        of_protobuf(&empty_messages(&path, 1)).unwrap();
    }
}
