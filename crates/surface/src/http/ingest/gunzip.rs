//! Unpacks bodies, and stops at those that would unpack to more than is allowed.

use crate::http::problem::Problem;
use axum::http::StatusCode;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// The body unpacked, if that is no larger than `limit` bytes.
pub(super) async fn gunzip(body: Bytes, limit: usize) -> Result<Bytes, Problem> {
    tokio::task::spawn_blocking(move || unpack(&body, limit))
        .await
        .unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "MARU-0377", "The body could not be unpacked.")))
}

fn unpack(body: &[u8], limit: usize) -> Result<Bytes, Problem> {
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut unpacked);
    if read.is_err() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "MARU-0378",
            "The body says that it is packed with gzip, and cannot be unpacked.",
        ));
    }
    if unpacked.len() > limit {
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "MARU-0379", format!("The body unpacks to more than {limit} bytes."));
        return Err(problem.next("Send it in smaller parts."));
    }
    Ok(unpacked.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        assert_eq!(unpack(&packed(b"hello"), 5).unwrap(), "hello");
        assert_eq!(unpack(&packed(&vec![0; 10 << 20]), 1 << 20).unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(unpack(b"no gzip", 100).unwrap_err().status(), StatusCode::BAD_REQUEST);
        assert_eq!(unpack(&packed(b"hello")[..12], 100).unwrap_err().status(), StatusCode::BAD_REQUEST);
    }
}
