//! `google.rpc.Status`, in which OTLP tells of errors.

use prost::Message;
use std::time::Duration;

/// Codes of gRPC that are used here.
pub(super) mod code {
    pub(in crate::http::ingest) const INVALID_ARGUMENT: i32 = 3;
    pub(in crate::http::ingest) const PERMISSION_DENIED: i32 = 7;
    pub(in crate::http::ingest) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(in crate::http::ingest) const INTERNAL: i32 = 13;
    pub(in crate::http::ingest) const UNAVAILABLE: i32 = 14;
    pub(in crate::http::ingest) const UNAUTHENTICATED: i32 = 16;
}

/// What went wrong.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

/// A message of any type.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Any {
    #[prost(string, tag = "1")]
    pub(super) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
}

/// `google.rpc.RetryInfo`: when to come back.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl RpcStatus {
    /// A status that tells to come back after `retry_after`, where there is one.
    pub(super) fn new(code: i32, message: String, retry_after: Option<Duration>) -> Self {
        let details = retry_after.map(|wait| {
            let delay = Delay { seconds: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX), nanos: wait.subsec_nanos().cast_signed() };
            let info = RetryInfo { retry_delay: Some(delay) };
            Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".into(), value: info.encode_to_vec() }
        });
        Self { code, message, details: details.into_iter().collect() }
    }
}
