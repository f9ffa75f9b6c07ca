//! How much a decoder takes in before it refuses.

/// Bounds on what one body may hold. Every decoder keeps to them, whatever the body says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body in bytes after decompression. For OTLP, whose messages take more room in memory than on the
    /// wire, the largest estimate of the decoded message.
    pub max_decoded_bytes: usize,
    /// The most labels that one series may carry, `__name__` included.
    pub max_labels_per_series: usize,
    /// The longest label name in bytes.
    pub max_label_name_bytes: usize,
    /// The longest label value in bytes.
    pub max_label_value_bytes: usize,
    /// The most bytes that all label names and values of one series may take together.
    pub max_series_bytes: usize,
    /// The earliest sample time taken, in milliseconds since the Unix epoch.
    pub earliest_ms: i64,
    /// The latest sample time taken, in milliseconds since the Unix epoch.
    pub latest_ms: i64,
}

impl Limits {
    /// The usual limits, for samples from `earliest_ms` to `latest_ms` (milliseconds since the Unix epoch), both
    /// included.
    pub fn between(earliest_ms: i64, latest_ms: i64) -> Self {
        Self {
            max_decoded_bytes: 32 * 1024 * 1024,
            max_labels_per_series: 64,
            max_label_name_bytes: 512,
            max_label_value_bytes: 4096,
            max_series_bytes: 16 * 1024,
            earliest_ms,
            latest_ms,
        }
    }
}
