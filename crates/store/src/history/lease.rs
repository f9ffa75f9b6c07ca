//! Keeps a second program out of a bucket that this one writes to.
//!
//! Parts are named by the segments of one log, so two logs in one place would overwrite each other's. A folder has a lock; a bucket has
//! this: an object `owner.json` that says whose it is, renewed while the owner runs. Another owner may take it over when it was given back
//! or not renewed for a while.

use super::Files;
use crate::StoreError;
use jiff::Timestamp;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

/// For how long a lease holds without being renewed, in milliseconds.
const HOLDS_MS: i64 = 180_000;
/// Where it stands, below the root of history.
const OWNER: &str = "owner.json";

#[derive(Serialize, Deserialize)]
struct Owner {
    /// The data folder that the bucket belongs to.
    folder: String,
    /// When it last said so, in milliseconds since the epoch.
    renewed_ms: i64,
}

/// The right to write to a bucket.
pub(crate) struct Lease {
    files: Files,
    folder: String,
}

impl Lease {
    /// Takes `files`, kept at `address`, for the data folder called `folder`.
    ///
    /// # Errors
    /// [`StoreError::AddressInUse`] when another data folder holds them, [`StoreError::Objects`] when they cannot be reached.
    pub(crate) async fn take(files: Files, address: &str, folder: String, now: Timestamp) -> Result<Self, StoreError> {
        let lease = Self { files, folder };
        if let Some(owner) = lease.owner().await?
            && owner.folder != lease.folder
            && now.as_millisecond().saturating_sub(owner.renewed_ms) < HOLDS_MS
        {
            return Err(StoreError::AddressInUse { address: address.to_owned(), seconds: HOLDS_MS / 1_000 });
        }
        lease.renew(now).await?;
        Ok(lease)
    }

    async fn owner(&self) -> Result<Option<Owner>, StoreError> {
        match self.files.read(&Path::from(OWNER)).await {
            Ok(content) => Ok(serde_json::from_slice(&content).ok()),
            Err(StoreError::Objects(object_store::Error::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says that the owner still runs.
    ///
    /// # Errors
    /// When the bucket cannot be reached.
    pub(crate) async fn renew(&self, now: Timestamp) -> Result<(), StoreError> {
        let owner = Owner { folder: self.folder.clone(), renewed_ms: now.as_millisecond() };
        self.files.write(&Path::from(OWNER), serde_json::to_vec(&owner).unwrap_or_default().into()).await
    }

    /// Gives it back, so that the next owner need not wait.
    pub(crate) async fn give_back(&self) {
        if let Err(error) = self.files.remove(&Path::from(OWNER)).await {
            tracing::warn!(%error, "the bucket could not be given back; another data folder can have it in a few minutes");
        }
    }
}
