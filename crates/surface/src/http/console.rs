//! The web console, embedded in the program.

use super::problem::Problem;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/console"]
struct Console;

/// Files whose names carry a hash of what they hold: they never change.
const HASHED: &str = "assets/";

/// A file of the console; for any other address that is none of the API's, the page that finds its own way from there.
pub(super) async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Problem::new(StatusCode::NOT_FOUND, "MARU-0370", format!("There is nothing at `/{path}`."))
            .next("The description at `/api/v1/openapi.json` says what there is.")
            .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "MARU-0369", "This address does not take that method.").into_response();
    }
    match Console::get(path) {
        Some(file) if path != "index.html" => file_response(path, file, request.headers()),
        None if path.starts_with(HASHED) => {
            Problem::new(StatusCode::NOT_FOUND, "MARU-0371", "The console has no such file.").next("Load the page anew.").into_response()
        }
        _ => page(),
    }
}

fn file_response(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let caching = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes_of(file.data)));
        if let Ok(kind) = HeaderValue::from_str(&with_charset(file.metadata.mimetype())) {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// The page names the hashed files of this very build, so it is never kept.
fn page() -> Response {
    let Some(file) = Console::get("index.html") else {
        return Problem::new(StatusCode::NOT_FOUND, "MARU-0372", "Maru was built without its console.").into_response();
    };
    let mut response = Response::new(Body::from(bytes_of(file.data)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn bytes_of(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

fn with_charset(kind: &str) -> String {
    if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}
