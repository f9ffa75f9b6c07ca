//! Keeps pages from elsewhere from acting in the name of a person who is signed in. Two locks: where the request comes from as the
//! browser tells it, and a secret that only Maru's own pages know.

use super::host::authority;
use crate::identity::{self, ActiveSession};
use axum::http::{HeaderMap, Uri, header};
use maru_kernel::{Error, ErrorKind, Result};

/// The header that carries the secret.
pub(super) const HEADER: &str = "x-maru-csrf";

/// Refuses what a page from elsewhere sent. Programs that are no browsers send neither header, and pass.
pub(super) fn check_origin(uri: &Uri, headers: &HeaderMap) -> Result<()> {
    if let Some(site) = headers.get("sec-fetch-site")
        && !matches!(site.as_bytes(), b"same-origin" | b"none")
    {
        return Err(from_elsewhere());
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    // Only host and port are compared: in front of a proxy that encrypts, the scheme differs.
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, origin)| origin);
    match (origin, authority(uri, headers)) {
        (Some(origin), Some(authority)) if origin.eq_ignore_ascii_case(authority) => Ok(()),
        _ => Err(from_elsewhere()),
    }
}

/// Refuses a request by cookie that does not carry the session's secret.
pub(super) fn check_secret(headers: &HeaderMap, session: &ActiveSession) -> Result<()> {
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if identity::same(given, &session.csrf) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Denied, "MARU-0351", "The header `X-Maru-Csrf` is missing or belongs to another session.")
        .next("Send what `GET /api/v1/session` answers as `csrf`, or call with a token instead of a cookie."))
}

/// Whether a browser sent the request on behalf of some page.
pub(super) fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.get("sec-fetch-site").is_some_and(|site| site != "none")
}

fn from_elsewhere() -> Error {
    Error::new(ErrorKind::Denied, "MARU-0350", "The request was sent by a page that is not Maru's.")
        .next("Open Maru's own address in the browser.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn passes(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check_origin(&Uri::from_static("/api/v1/a/b"), &headers).is_ok()
    }

    #[test]
    fn only_pages_of_the_same_origin_pass() {
        assert!(passes(&[("host", "localhost:7171"), ("origin", "http://localhost:7171"), ("sec-fetch-site", "same-origin")]));
        assert!(passes(&[("host", "maru.example"), ("origin", "https://maru.example")]));
        assert!(passes(&[("host", "localhost:7171")]));
        assert!(!passes(&[("host", "localhost:7171"), ("origin", "http://localhost:3000")]));
        assert!(!passes(&[("host", "localhost:7171"), ("origin", "null")]));
        assert!(!passes(&[("host", "localhost:7171"), ("sec-fetch-site", "same-site")]));
        assert!(!passes(&[("origin", "http://localhost:7171")]));
    }
}
