//! Where parts are kept: a folder or a bucket.

use crate::{
    StoreError,
    folder::{UNFINISHED, replace_file, sync_folder},
};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, aws::AmazonS3Builder, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Where parts are kept.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The folder, when they are kept in one.
    folder: Option<PathBuf>,
}

impl Files {
    /// Parts in `folder`, which is made where there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn in_folder(folder: PathBuf) -> Result<Self, StoreError> {
        std::fs::create_dir_all(&folder).map_err(|source| StoreError::Folder { path: folder.clone(), source })?;
        let store = LocalFileSystem::new_with_prefix(&folder)?;
        Ok(Self { store: Arc::new(store), folder: Some(folder) })
    }

    /// Parts in a bucket: `s3://bucket/prefix`, with credentials, region and endpoint from the usual `AWS_*` variables.
    ///
    /// # Errors
    /// When the address is none, or the variables are not enough.
    pub fn in_bucket(address: &str) -> Result<Self, StoreError> {
        let wrong = |reason: String| StoreError::Address { address: address.to_owned(), reason };
        let url = url::Url::parse(address)
            .ok()
            .filter(|url| url.scheme() == "s3")
            .ok_or_else(|| wrong("only `s3://bucket/prefix` is known".into()))?;
        let bucket = url.host_str().ok_or_else(|| wrong("it names no bucket".into()))?;
        let endpoint_is_plain = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]
            .iter()
            .any(|name| std::env::var(name).is_ok_and(|endpoint| endpoint.starts_with("http://")));
        let retry = object_store::RetryConfig { retry_timeout: Duration::from_secs(60), ..object_store::RetryConfig::default() };
        let client = object_store::ClientOptions::new()
            .with_timeout(Duration::from_secs(30))
            .with_connect_timeout(Duration::from_secs(5))
            .with_allow_http(endpoint_is_plain);
        let bucket = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_client_options(client)
            .with_retry(retry)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let prefix = url.path().trim_matches('/').to_owned();
        Ok(Self { store: Arc::new(PrefixStore::new(bucket, prefix)), folder: None })
    }

    /// The same files, for an engine that reads object stores.
    #[must_use]
    pub fn object_store(&self) -> Arc<dyn ObjectStore> {
        self.store.clone()
    }

    /// Whether they are in a folder of this machine.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.folder.is_some()
    }

    /// Every file there is.
    pub(crate) async fn list(&self) -> Result<Vec<ObjectMeta>, StoreError> {
        Ok(self.store.list(None).try_collect().await?)
    }

    /// Whether a file is what a crash left of a part that was being written.
    pub(crate) fn is_unfinished(path: &Path) -> bool {
        path.parts_count() == 3 && path.extension() == Some(UNFINISHED)
    }

    /// Reads a file whole.
    pub(crate) async fn read(&self, path: &Path) -> Result<Bytes, StoreError> {
        Ok(self.store.get(path).await?.bytes().await?)
    }

    /// Reads the last `length` bytes of a file.
    pub(crate) async fn read_end(&self, path: &Path, length: u64) -> Result<Bytes, StoreError> {
        let options = object_store::GetOptions { range: Some(object_store::GetRange::Suffix(length)), ..Default::default() };
        Ok(self.store.get_opts(path, options).await?.bytes().await?)
    }

    /// Writes a file in one step: it is there whole, durably, or not at all.
    pub(crate) async fn write(&self, path: &Path, content: Bytes) -> Result<(), StoreError> {
        let Some(folder) = self.folder.clone() else {
            self.store.put(path, PutPayload::from_bytes(content)).await?;
            return Ok(());
        };
        let path = folder.join(path.as_ref());
        let written = tokio::task::spawn_blocking(move || {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).and_then(|()| sync_folder(parent)).map_err(StoreError::from_write)?;
            }
            replace_file(&path, &content)
        });
        written.await.map_err(|_| StoreError::Closed)?
    }

    /// Removes a file; one that is gone already is no error.
    pub(crate) async fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves a file out of the way, to where no query looks: `set-aside/…`.
    pub(crate) async fn set_aside(&self, path: &Path) -> Result<Path, StoreError> {
        let aside = Path::from(format!("set-aside/{path}.broken"));
        self.store.rename(path, &aside).await?;
        Ok(aside)
    }
}
