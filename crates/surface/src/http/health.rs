//! Whether Maru lives, whether it can serve, and its figures.

use super::{
    authenticate::{is_neighbour, token_needed},
    figures,
    front::{Front, Peer},
    problem::Problem,
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use maru_kernel::{Effect, Figures};
use std::sync::Arc;

/// It lives: it answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// It can serve, or why not.
pub(super) async fn ready(State(front): State<Arc<Front>>) -> Response {
    match (front.services.ready)() {
        Ok(()) => "ok\n".into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Its figures, for Prometheus. Programs on this machine need no credential.
pub(super) async fn metrics(
    State(front): State<Arc<Front>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match front.program(&headers).await? {
        Some(principal) => front.services.gate.admit("metrics.read", Effect::Read, &front.call(principal)).await?,
        None if is_neighbour(&headers, peer) => {}
        None => return Err(token_needed("read").into()),
    }
    let mut all = front.traffic.figures();
    all.extend(front.services.figures.iter().flat_map(|component| component.figures()));
    Ok(([(header::CONTENT_TYPE, figures::CONTENT_TYPE)], figures::text(all)).into_response())
}
