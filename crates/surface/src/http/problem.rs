//! Errors as RFC 9457 has them.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maru_kernel::{Error, ErrorKind};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// What a client is told to wait when it is not known how long something stays away.
const AWAY: Duration = Duration::from_secs(5);

/// What went wrong.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    next: Option<String>,
    retry_after: Option<Duration>,
}

/// What went wrong (RFC 9457).
#[derive(Serialize, JsonSchema)]
pub(super) struct ProblemBody<'p> {
    /// Names the kind of problem: `urn:maru:error:` and the code.
    #[serde(rename = "type")]
    uri: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, in one line.
    detail: &'p str,
    /// Stable code, `MARU-` and four digits.
    code: &'static str,
    /// The input field that is wrong, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'p str>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'p str>,
}

impl Problem {
    /// A problem of HTTP itself.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, next: None, retry_after: None }
    }

    /// Adds what to do next.
    pub(super) fn next(mut self, step: impl Into<String>) -> Self {
        self.next = Some(step.into());
        self
    }

    /// The problem as it is sent.
    pub(super) fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            uri: format!("urn:maru:error:{}", self.code),
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            field: self.field.as_deref(),
            next: self.next.as_deref(),
        }
    }

    /// The same problem with another status, where a protocol wants one.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// How long to wait before the next try.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// All of it in one line, for protocols whose clients log a line.
    pub(super) fn line(&self) -> String {
        let next = self.next.as_deref().map(|next| format!(" {next}")).unwrap_or_default();
        format!("{} [{}]{next}", self.detail, self.code)
    }

    /// Puts status and headers of the problem on a response with another body.
    pub(super) fn dress(&self, body: impl Into<Body>, content_type: &'static str) -> Response {
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            let seconds = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"maru\""));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.kind == ErrorKind::Internal {
            tracing::error!(code = error.code, %error, "a fault of Maru's own");
            return Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.code, "Something went wrong inside Maru.")
                .next("The server's log says what; it names the code.");
        }
        let (status, retry_after) = match error.kind {
            ErrorKind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, None),
            ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
            ErrorKind::Denied => (StatusCode::FORBIDDEN, None),
            ErrorKind::NotFound => (StatusCode::NOT_FOUND, None),
            ErrorKind::Conflict => (StatusCode::CONFLICT, None),
            ErrorKind::TooMany { retry_after } => (StatusCode::TOO_MANY_REQUESTS, Some(retry_after)),
            ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(AWAY)),
            ErrorKind::Deadline => (StatusCode::GATEWAY_TIMEOUT, None),
            ErrorKind::Cancelled => (StatusCode::REQUEST_TIMEOUT, None),
            ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        let field = error.field.filter(|field| !field.is_empty());
        Self { field, next: error.next, retry_after, ..Self::new(status, error.code, error.message) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.body()) {
            Ok(body) => self.dress(body, "application/problem+json"),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_problem_says_what_happened_and_what_to_do() {
        let error = Error::invalid("MARU-0012", "id", "`series.read` needs the field `id`.").next("Give one.");
        insta::assert_json_snapshot!(Problem::from(error).body(), @r#"
        {
          "type": "urn:maru:error:MARU-0012",
          "title": "Unprocessable Entity",
          "status": 422,
          "detail": "`series.read` needs the field `id`.",
          "code": "MARU-0012",
          "field": "id",
          "next": "Give one."
        }
        "#);
    }

    #[test]
    fn the_insides_stay_inside() {
        let problem = Problem::from(Error::internal("MARU-0017", "password = hunter2"));
        assert!(!serde_json::to_string(&problem.body()).unwrap().contains("hunter2"));
    }

    #[test]
    fn who_has_to_wait_is_told_how_long() {
        let error = Error::new(ErrorKind::TooMany { retry_after: Duration::from_millis(1_200) }, "MARU-0310", "Too many.");
        assert_eq!(Problem::from(error).into_response().headers()[header::RETRY_AFTER], "2");
    }
}
