//! Which path leads where.

use super::{
    console, events,
    front::Front,
    guard, health,
    ingest::{otlp_grpc, otlp_http, remote_write},
    operations,
    problem::Problem,
    session,
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::{get, post},
};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// Everything that is served.
pub(super) fn router(front: Arc<Front>) -> Router {
    let compressed = Router::new()
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/{noun}/{verb}", post(operations::call))
        .fallback(console::serve)
        .layer(CompressionLayer::new().gzip(true));
    Router::new()
        .route("/api/v1/session", get(session::show).post(session::sign_in).delete(session::sign_out))
        .route("/api/v1/session/link", post(session::sign_in_by_link))
        .route("/api/v1/events", get(events::follow))
        .route("/api/v1/write", post(remote_write::write))
        .route("/v1/metrics", post(otlp_http::export))
        .route(otlp_grpc::PATH, post(otlp_grpc::export))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(compressed)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(front.clone(), guard::guard))
        .with_state(front)
}

async fn openapi(State(front): State<Arc<Front>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], front.openapi.clone())
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "MARU-0369", "This address does not take that method.")
        .next("The description at `/api/v1/openapi.json` says which it takes.")
}
