//! Undoes snappy's block format without trusting the size that a block claims.

use super::{DecodeError, Limits};

/// The best that snappy can do: a copy of 64 bytes takes three.
const BEST_RATIO: usize = 22;

/// Decompresses `body`. The size that it claims is held against the limit, and against what the body can hold at all,
/// before memory is set aside.
pub(super) fn decompress(body: &[u8], limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let claimed = snap::raw::decompress_len(body).map_err(not_snappy)?;
    if body.is_empty() {
        return Err(DecodeError::Snappy { problem: "it is empty".to_owned() });
    }
    if claimed > limits.max_decoded_bytes {
        return Err(DecodeError::TooLarge { what: "the decompressed body", bytes: claimed, limit: limits.max_decoded_bytes });
    }
    if claimed / BEST_RATIO > body.len() {
        let problem = format!("its {} bytes cannot hold the {claimed} that it claims", body.len());
        return Err(DecodeError::Snappy { problem });
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(not_snappy)
}

fn not_snappy(error: snap::Error) -> DecodeError {
    let text = error.to_string();
    let problem = text.strip_prefix("snappy: ").unwrap_or(&text).to_owned();
    DecodeError::Snappy { problem }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn refuses_by_the_claimed_size_before_decompressing() {
        let limits = Limits { max_decoded_bytes: 1_000, ..Limits::between(0, 0) };
        let compress = |bytes: &[u8]| snap::raw::Encoder::new().compress_vec(bytes).unwrap();
        assert_eq!(decompress(&compress(&[7; 1_000]), &limits).unwrap(), [7; 1_000]);
        let refusals = [
            &compress(&[7; 1_001])[..],
            &[0xff, 0xff, 0xff, 0xff, 0x0f],
            &[0xe8, 0x07, 0x00],
            &[0x05, 0x10, b'a'],
            b"",
            b"\xff\x06\x00\x00sNaPpY",
        ]
        .map(|body| decompress(body, &limits).unwrap_err().to_string())
        .join("\n");
        insta::assert_snapshot!(refusals, @"
        the decompressed body needs 1001 bytes, and at most 1000 are taken: split it into smaller ones
        the decompressed body needs 4294967295 bytes, and at most 1000 are taken: split it into smaller ones
        the body is not a snappy block: its 3 bytes cannot hold the 1000 that it claims. Compress remote write bodies with snappy's block format, not its framed format
        the body is not a snappy block: corrupt input (expected literal read of length 5; remaining src: 1; remaining dst: 5). Compress remote write bodies with snappy's block format, not its framed format
        the body is not a snappy block: it is empty. Compress remote write bodies with snappy's block format, not its framed format
        the body is not a snappy block: its 10 bytes cannot hold the 895 that it claims. Compress remote write bodies with snappy's block format, not its framed format
        ");
    }

    #[test]
    fn nothing_that_snappy_can_do_is_taken_for_a_lie() {
        let limits = Limits::between(0, 0);
        for size in [0, 1, 63, 64, 65, 1_000, 100_000, 10_000_000] {
            let body = snap::raw::Encoder::new().compress_vec(&vec![0; size]).unwrap();
            assert_eq!(decompress(&body, &limits).unwrap().len(), size);
        }
    }
}
