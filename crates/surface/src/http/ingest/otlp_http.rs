//! OTLP over HTTP: protobuf and JSON. Answers come in the encoding of the request.

use super::{
    admission::problem,
    gunzip::gunzip,
    rpc_status::{RpcStatus, code},
};
use crate::http::{
    body::{self, media_type},
    front::{Front, Peer},
    problem::Problem,
};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use maru_watch::{Accepted, WireFormat};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message;
use serde_json::json;
use std::sync::Arc;

/// Takes in one export.
pub(in crate::http) async fn export(State(front): State<Arc<Front>>, Extension(peer): Extension<Peer>, request: Request) -> Response {
    let encoding = match Encoding::of(request.headers()) {
        Ok(encoding) => encoding,
        Err(problem) => return problem.into_response(),
    };
    match take_in(&front, peer, encoding, request).await {
        Ok(accepted) => encoding.answer(&accepted),
        Err(problem) => encoding.refuse(&problem),
    }
}

async fn take_in(front: &Front, peer: Peer, encoding: Encoding, request: Request) -> Result<Accepted, Problem> {
    let (parts, body) = request.into_parts();
    let admitted = front.admit_write(&parts.headers, peer).await.map_err(problem);
    let (_place, is_packed) = match admitted.and_then(|place| Ok((place, is_packed(&parts.headers)?))) {
        Ok(admitted) => admitted,
        Err(problem) => return Err(body::refuse(body, problem).await),
    };
    let mut body = body::read(body, front.max_body_bytes).await?;
    if is_packed {
        body = gunzip(body, front.max_body_bytes.saturating_mul(2)).await?;
    }
    front.services.watch.accept(encoding.format(), body).await.map_err(problem)
}

fn is_packed(headers: &HeaderMap) -> Result<bool, Problem> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MARU-0382", "That `Content-Encoding` is not understood here.")
            .next("Pack with `gzip`, or not at all.")),
    }
}

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        match media_type(headers).as_deref() {
            Some("application/x-protobuf") => Ok(Self::Protobuf),
            Some("application/json") => Ok(Self::Json),
            _ => Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MARU-0383", "That `Content-Type` is not understood here.")
                .next("Send `application/x-protobuf` or `application/json`.")),
        }
    }

    fn format(self) -> WireFormat {
        match self {
            Self::Protobuf => WireFormat::OtlpProtobuf,
            Self::Json => WireFormat::OtlpJson,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    fn answer(self, accepted: &Accepted) -> Response {
        let message = response(accepted);
        let body = match self {
            Self::Protobuf => Bytes::from(message.encode_to_vec()),
            Self::Json => match message.partial_success {
                // 64-bit integers are strings in the JSON of protobuf.
                Some(partial) => {
                    let rejected = partial.rejected_data_points.to_string();
                    json!({"partialSuccess": {"rejectedDataPoints": rejected, "errorMessage": partial.error_message}}).to_string().into()
                }
                None => Bytes::from_static(b"{}"),
            },
        };
        ([(header::CONTENT_TYPE, self.media_type())], body).into_response()
    }

    fn refuse(self, problem: &Problem) -> Response {
        let status = RpcStatus::new(rpc_code(problem), problem.line(), problem.retry_after());
        match self {
            Self::Protobuf => problem.dress(status.encode_to_vec(), self.media_type()),
            Self::Json => problem.dress(json!({"code": status.code, "message": status.message}).to_string(), self.media_type()),
        }
    }
}

/// What OTLP answers to one export.
pub(super) fn response(accepted: &Accepted) -> ExportMetricsServiceResponse {
    let partial_success = (accepted.refused > 0).then(|| ExportMetricsPartialSuccess {
        rejected_data_points: i64::try_from(accepted.refused).unwrap_or(i64::MAX),
        error_message: accepted.refusal.clone().unwrap_or_default(),
    });
    ExportMetricsServiceResponse { partial_success }
}

/// The code of gRPC that stands for a problem. A sender is only to come back with the same when that can help.
pub(super) fn rpc_code(problem: &Problem) -> i32 {
    match problem.status() {
        StatusCode::UNAUTHORIZED => code::UNAUTHENTICATED,
        StatusCode::FORBIDDEN => code::PERMISSION_DENIED,
        StatusCode::PAYLOAD_TOO_LARGE => code::RESOURCE_EXHAUSTED,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            code::UNAVAILABLE
        }
        status if status.is_client_error() => code::INVALID_ARGUMENT,
        _ => code::INTERNAL,
    }
}
