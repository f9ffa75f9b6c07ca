//! What a running program leaves in its data folder so that other commands find it: its address, and the token that opens it to whoever
//! can read the folder.

use maru_kernel::{Error, ErrorKind, Result};
use maru_store::replace_file;
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

const ENDPOINT: &str = "endpoint.json";
const TOKEN: &str = "token";

/// Where a program that holds a data folder can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its address: `http://127.0.0.1:7171`.
    pub url: String,
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The certificate that it shows, as PEM, where it encrypts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

impl Endpoint {
    /// What the program that holds `data`, or last held it, left there.
    #[must_use]
    pub fn read(data: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(data.join(ENDPOINT)).ok()?).ok()
    }

    /// Leaves it in `data`, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn announce(&self, data: &Path) -> Result<()> {
        let content = serde_json::to_vec_pretty(self).map_err(|error| Error::internal("MARU-0710", error.to_string()))?;
        Ok(replace_file(&data.join(ENDPOINT), &content)?)
    }

    /// Takes it away again.
    #[expect(clippy::disallowed_methods, reason = "whoever announced it is the one who knows that it is over")]
    pub fn withdraw(data: &Path) {
        if let Err(error) = std::fs::remove_file(data.join(ENDPOINT)) {
            tracing::warn!(%error, "the address of this program could not be removed from the data folder");
        }
    }
}

/// The token of `data`, made when there is none.
///
/// # Errors
/// When it cannot be read or written.
pub fn token(data: &Path) -> Result<String> {
    if let Some(token) = existing_token(data)? {
        return Ok(token);
    }
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| Error::internal("MARU-0711", format!("This machine gives no random numbers: {error}.")))?;
    let token = secret.iter().fold(String::from("maru_local_"), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    });
    replace_file(&data.join(TOKEN), token.as_bytes())?;
    Ok(token)
}

/// The token of `data`, where there is one.
///
/// # Errors
/// When it cannot be read.
pub fn existing_token(data: &Path) -> Result<Option<String>> {
    let path = data.join(TOKEN);
    match std::fs::read_to_string(&path) {
        Ok(token) => Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: PathBuf, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Denied, "MARU-0712", format!("The token in `{}` cannot be read: {error}.", path.display()))
        .next("Run the command as the user who runs Maru, or with `--server` and a token of your own.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(existing_token(folder.path()).unwrap(), None);
        let made = token(folder.path()).unwrap();
        assert_eq!(made.len(), "maru_local_".len() + 64);
        assert_eq!(token(folder.path()).unwrap(), made);
        assert_eq!(std::fs::metadata(folder.path().join(TOKEN)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_endpoint_comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = Endpoint { url: "http://127.0.0.1:7171".into(), pid: 7, version: "1".into(), certificate: None };
        endpoint.announce(folder.path()).unwrap();
        assert_eq!(Endpoint::read(folder.path()), Some(endpoint));
        assert_eq!(std::fs::metadata(folder.path().join(ENDPOINT)).unwrap().permissions().mode() & 0o777, 0o600);
        Endpoint::withdraw(folder.path());
        assert_eq!(Endpoint::read(folder.path()), None);
    }
}
