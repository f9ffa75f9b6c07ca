//! OTLP over gRPC, on the same port as all else.

use super::{
    admission::problem,
    otlp_http::{response, rpc_code},
    rpc_status::RpcStatus,
};
use crate::http::{
    body::media_type,
    front::{Front, Peer},
    problem::Problem,
};
use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
    metrics_service_server::{MetricsService, MetricsServiceServer},
};
use prost::Message;
use std::{sync::Arc, time::Duration};
use tonic::{Code, Status, codec::CompressionEncoding};
use tower::Service;

/// Where gRPC sends metrics.
pub(in crate::http) const PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// How long one export may take from its first byte to its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes in one export. Who sends is known before the message is read.
pub(in crate::http) async fn export(State(front): State<Arc<Front>>, Extension(peer): Extension<Peer>, request: Request) -> Response {
    let is_grpc = media_type(request.headers()).is_some_and(|kind| kind == "application/grpc" || kind == "application/grpc+proto");
    if !is_grpc {
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MARU-0384", "Only gRPC is understood here.")
            .next("Send OTLP over HTTP to `/v1/metrics`.")
            .into_response();
    }
    let place = match front.admit_write(request.headers(), peer).await {
        Ok(place) => place,
        Err(error) => return status(&problem(error)).into_http::<Body>(),
    };
    let mut service = MetricsServiceServer::new(Export(front.clone()))
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(front.max_body_bytes.saturating_mul(2));
    let answered = tokio::time::timeout(PATIENCE, service.call(request)).await;
    drop(place);
    match answered {
        Ok(Ok(response)) => response.map(Body::new),
        Err(_) => Status::deadline_exceeded(format!("The export took longer than {} s.", PATIENCE.as_secs())).into_http(),
    }
}

struct Export(Arc<Front>);

#[tonic::async_trait]
impl MetricsService for Export {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, Status> {
        let accepted = self.0.services.watch.accept_otlp(request.into_inner()).await;
        let accepted = accepted.map_err(|error| status(&problem(error)))?;
        Ok(tonic::Response::new(response(&accepted)))
    }
}

fn status(problem: &Problem) -> Status {
    let code = rpc_code(problem);
    let details = RpcStatus::new(code, problem.line(), problem.retry_after());
    if details.details.is_empty() {
        return Status::new(Code::from_i32(code), details.message);
    }
    Status::with_details(Code::from_i32(code), details.message.clone(), details.encode_to_vec().into())
}
