//! Prometheus remote write, 1.0 and 2.0.

use super::admission::problem;
use crate::http::{
    body,
    front::{Front, Peer},
    problem::Problem,
};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maru_watch::{Accepted, WireFormat};
use std::sync::Arc;

const PLAIN: &str = "text/plain; charset=utf-8";

/// Takes in one batch. What is refused of it does not keep the rest from being stored.
pub(in crate::http) async fn write(State(front): State<Arc<Front>>, Extension(peer): Extension<Peer>, request: Request) -> Response {
    take_in(&front, peer, request).await.unwrap_or_else(|problem| refused(&problem))
}

async fn take_in(front: &Front, peer: Peer, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let admitted = front.admit_write(&parts.headers, peer).await.map_err(problem);
    let (_place, format) = match admitted.and_then(|place| Ok((place, format(&parts.headers)?))) {
        Ok(admitted) => admitted,
        Err(problem) => return Err(body::refuse(body, problem).await),
    };
    let body = body::read(body, front.max_body_bytes).await?;
    let accepted = front.services.watch.accept(format, body).await.map_err(problem)?;
    Ok(answer(format, &accepted))
}

/// Which version it is, from the headers alone.
fn format(headers: &HeaderMap) -> Result<WireFormat, Problem> {
    let unsupported = |what: &str| {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MARU-0380", format!("{what} is not understood here."))
            .next("Send remote write 1.0 or 2.0: `application/x-protobuf`, packed with `snappy`.")
    };
    // The first senders named no encoding, and packed with snappy all the same.
    let encoding = headers.get(header::CONTENT_ENCODING).map_or(Some("snappy"), |value| value.to_str().ok());
    if encoding.is_none_or(|encoding| !encoding.eq_ignore_ascii_case("snappy")) {
        return Err(unsupported("That `Content-Encoding`"));
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    if !parts.next().unwrap_or_default().eq_ignore_ascii_case("application/x-protobuf") {
        return Err(unsupported("That `Content-Type`"));
    }
    let message = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("proto"));
    match message.map(|(_, message)| message.trim().trim_matches('"')) {
        None | Some("prometheus.WriteRequest") => Ok(WireFormat::RemoteWriteV1),
        Some("io.prometheus.write.v2.Request") => Ok(WireFormat::RemoteWriteV2),
        Some(other) => Err(unsupported(&format!("The message `{}`", other.chars().take(100).collect::<String>()))),
    }
}

fn answer(format: WireFormat, accepted: &Accepted) -> Response {
    let mut response = match &accepted.refusal {
        Some(refusal) if accepted.refused > 0 => {
            Problem::new(StatusCode::BAD_REQUEST, "MARU-0381", refusal.clone()).dress(format!("{refusal}\n"), PLAIN)
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    };
    if matches!(format, WireFormat::RemoteWriteV2) {
        let headers = response.headers_mut();
        for (name, count) in [
            ("x-prometheus-remote-write-samples-written", accepted.samples),
            ("x-prometheus-remote-write-histograms-written", accepted.histograms),
            ("x-prometheus-remote-write-exemplars-written", accepted.exemplars),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(count));
        }
    }
    response
}

fn refused(problem: &Problem) -> Response {
    problem.dress(format!("{}\n", problem.line()), PLAIN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chosen(content_type: &str, encoding: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
        }
        match format(&headers) {
            Ok(WireFormat::RemoteWriteV1) => "1.0".into(),
            Ok(WireFormat::RemoteWriteV2) => "2.0".into(),
            Ok(_) => "other".into(),
            Err(problem) => problem.status().to_string(),
        }
    }

    #[test]
    fn the_headers_tell_the_version() {
        assert_eq!(chosen("application/x-protobuf", Some("snappy")), "1.0");
        assert_eq!(chosen("application/x-protobuf", None), "1.0");
        assert_eq!(chosen("application/x-protobuf;proto=prometheus.WriteRequest", Some("snappy")), "1.0");
        assert_eq!(chosen("application/x-protobuf; proto=io.prometheus.write.v2.Request", Some("snappy")), "2.0");
        assert_eq!(chosen("application/x-protobuf;proto=io.prometheus.write.v3.Request", Some("snappy")), "415 Unsupported Media Type");
        assert_eq!(chosen("application/x-protobuf", Some("zstd")), "415 Unsupported Media Type");
        assert_eq!(chosen("application/json", Some("snappy")), "415 Unsupported Media Type");
    }
}
