//! Secrets that open something: made from the system's randomness, kept only as hashes, compared in constant time.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use maru_kernel::{Error, Result};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What every API token begins with, so that scanners for leaked secrets can recognize one.
pub(crate) const TOKEN_MARK: &str = "maru_";

/// Text of 256 random bits, 43 characters that are safe in URLs, cookies and headers.
pub(crate) fn random() -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// A short random name that opens nothing: 64 bits in hexadecimal.
pub(crate) fn id() -> Result<String> {
    Ok(hex::encode(bytes::<8>()?))
}

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal("MARU-0301", format!("The system gave no random bytes: {error}.")))?;
    Ok(bytes)
}

/// SHA-256 in hexadecimal. Enough for secrets of 256 random bits; passwords need [`super::password`].
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes()).ct_eq(&Sha256::digest(other.as_bytes())).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_eq!(one.len(), 43);
        assert!(!same(&one, &other) && same(&one, &one.clone()));
    }
}
