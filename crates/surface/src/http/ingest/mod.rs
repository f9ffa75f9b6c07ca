//! The listeners for metrics that others send, each in its sender's own protocol.

mod admission;
mod gunzip;
pub(super) mod otlp_grpc;
pub(super) mod otlp_http;
pub(super) mod remote_write;
mod rpc_status;

use async_trait::async_trait;
use bytes::Bytes;
use maru_kernel::Result;
use maru_watch::{Accepted, Watch, WireFormat};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use std::sync::Arc;

/// Takes in metrics.
#[async_trait]
pub trait Telemetry: Send + Sync {
    /// Takes in one body. Once it returns, what it says was accepted is safe.
    ///
    /// # Errors
    /// When the body cannot be read, there is too much, or it cannot be kept right now.
    async fn accept(&self, format: WireFormat, body: Bytes) -> Result<Accepted>;

    /// Takes in one message of OTLP that was read already.
    ///
    /// # Errors
    /// When there is too much, or it cannot be kept right now.
    async fn accept_otlp(&self, message: ExportMetricsServiceRequest) -> Result<Accepted>;
}

#[async_trait]
impl Telemetry for Arc<Watch> {
    async fn accept(&self, format: WireFormat, body: Bytes) -> Result<Accepted> {
        Watch::accept(self, format, body).await
    }

    async fn accept_otlp(&self, message: ExportMetricsServiceRequest) -> Result<Accepted> {
        Watch::accept_otlp(self, message).await
    }
}
