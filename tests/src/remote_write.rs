//! Encodes Prometheus remote write 1.0 and 2.0, as a sender does. Checks nothing: a test may want a body that no sender would make.

use prost::Message;

/// The media type of remote write 1.0.
pub const V1: &str = "application/x-protobuf";
/// The media type of remote write 2.0.
pub const V2: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

/// One series of a request: labels (`__name__` among them), and samples as (milliseconds since the Unix epoch, value).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Names and values, in the order in which they are sent.
    pub labels: Vec<(String, String)>,
    /// Times and values, in the order in which they are sent.
    pub samples: Vec<(i64, f64)>,
}

impl Series {
    /// A series called `name`, without samples.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { labels: vec![("__name__".to_owned(), name.to_owned())], samples: Vec::new() }
    }

    /// With one more label.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With one more sample.
    #[must_use]
    pub fn sample(mut self, time_ms: i64, value: f64) -> Self {
        self.samples.push((time_ms, value));
        self
    }
}

/// The body of a remote write 1.0 request, packed with snappy.
#[must_use]
pub fn body(series: &[Series]) -> Vec<u8> {
    packed(&message(series))
}

/// The body of a remote write 2.0 request, packed with snappy.
#[must_use]
pub fn body_v2(series: &[Series]) -> Vec<u8> {
    let mut symbols = vec![String::new()];
    let timeseries = series.iter().map(|series| {
        let labels_refs = series.labels.iter().flat_map(|(name, value)| [name, value]).map(|text| interned(&mut symbols, text)).collect();
        TimeSeriesV2 { labels_refs, samples: samples(series) }
    });
    let timeseries = timeseries.collect();
    packed(&RequestV2 { symbols, timeseries }.encode_to_vec())
}

/// A remote write 1.0 message, not packed.
#[must_use]
pub fn message(series: &[Series]) -> Vec<u8> {
    let timeseries = series.iter().map(|series| {
        let labels = series.labels.iter().map(|(name, value)| Label { name: name.clone(), value: value.clone() });
        TimeSeries { labels: labels.collect(), samples: samples(series) }
    });
    WriteRequest { timeseries: timeseries.collect() }.encode_to_vec()
}

/// `message` packed with snappy, as remote write wants it: one block, no frames.
#[must_use]
pub fn packed(message: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(message).expect("a message of less than 4 GiB can be packed")
}

fn samples(series: &Series) -> Vec<Sample> {
    series.samples.iter().map(|(timestamp, value)| Sample { value: *value, timestamp: *timestamp }).collect()
}

fn interned(symbols: &mut Vec<String>, text: &str) -> u32 {
    let place = symbols.iter().position(|symbol| symbol == text).unwrap_or_else(|| {
        symbols.push(text.to_owned());
        symbols.len() - 1
    });
    u32::try_from(place).expect("fewer than 2^32 symbols")
}

#[derive(Clone, PartialEq, Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
struct RequestV2 {
    #[prost(string, repeated, tag = "4")]
    symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    timeseries: Vec<TimeSeriesV2>,
}

#[derive(Clone, PartialEq, Message)]
struct TimeSeriesV2 {
    #[prost(uint32, repeated, tag = "1")]
    labels_refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}
