//! What a server answers when it refuses, turned back into the error that it was.

use maru_kernel::{Error, ErrorKind};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A body of type `application/problem+json` (RFC 9457), as Maru writes it.
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
    status: Option<u16>,
    field: Option<String>,
    next: Option<String>,
}

/// The error that a server with address `url` answered with `status` and `body`.
pub(super) fn error_of(url: &str, status: u16, retry_after: Option<Duration>, body: &[u8]) -> Error {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return Error::new(
            kind_of(status, retry_after),
            "MARU-0605",
            format!("`{url}` answered with status {status}, and not as Maru does."),
        )
        .next("Check that the address is Maru's, and that no proxy stands in between.");
    };
    Error {
        code: known(&problem.code),
        kind: kind_of(problem.status.unwrap_or(status), retry_after),
        message: problem.detail,
        field: problem.field,
        next: problem.next,
    }
}

fn kind_of(status: u16, retry_after: Option<Duration>) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::TooMany { retry_after: retry_after.unwrap_or(Duration::from_secs(1)) },
        408 | 499 => ErrorKind::Cancelled,
        502 | 503 => ErrorKind::Unavailable,
        504 => ErrorKind::Deadline,
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Internal,
    }
}

/// The code as the kernel's errors carry it. Codes are few and this program ends soon, so each is kept once and for good.
fn known(code: &str) -> &'static str {
    static CODES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let is_code = code.strip_prefix("MARU-").is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()));
    if !is_code {
        return "MARU-0605";
    }
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    match codes.get(code) {
        Some(code) => code,
        None => {
            let code: &'static str = Box::leak(code.to_owned().into_boxed_str());
            codes.insert(code);
            code
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_the_error_that_it_was() {
        let body = br#"{"type":"about:blank","title":"Invalid","status":422,"detail":"`limit` is too large.","code":"MARU-0123","field":"limit","next":"Ask for less."}"#;
        let error = Error::invalid("MARU-0123", "limit", "`limit` is too large.").next("Ask for less.");
        assert_eq!(error_of("http://h", 422, None, body), error);
    }

    #[test]
    fn a_stranger_is_named() {
        let error = error_of("http://proxy", 502, None, b"<html>Bad gateway</html>");
        insta::assert_snapshot!(error, @"`http://proxy` answered with status 502, and not as Maru does. [MARU-0605] Check that the address is Maru's, and that no proxy stands in between.");
        assert_eq!(error.kind, ErrorKind::Unavailable);
    }

    #[test]
    fn waiting_is_told() {
        let error = error_of("http://h", 429, Some(Duration::from_secs(7)), br#"{"code":"nonsense","detail":"Too much."}"#);
        assert_eq!(error.kind, ErrorKind::TooMany { retry_after: Duration::from_secs(7) });
        assert_eq!(error.code, "MARU-0605");
    }
}
