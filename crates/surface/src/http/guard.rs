//! What every request passes, and every response.

use super::{front::Front, headers, host, problem::Problem};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// Refuses requests that are addressed to somebody else, counts all, and makes browsers careful.
pub(super) async fn guard(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let area = super::traffic::Area::of(request.uri().path());
    let authority = host::authority(request.uri(), request.headers());
    let mut response = if front.is_local_only && !authority.is_some_and(host::is_this_machine) {
        Problem::new(StatusCode::MISDIRECTED_REQUEST, "MARU-0355", "This address is not served under that name.")
            .next("Open it as `localhost` or `127.0.0.1`.")
            .into_response()
    } else {
        next.run(request).await
    };
    headers::add(response.headers_mut(), front.is_strictly_encrypted);
    front.traffic.answered(area, response.status());
    response
}
