//! What can go wrong with records, and how a person hears of it.

use maru_kernel::{Error, ErrorKind};
use std::{io, path::PathBuf, time::Duration};

/// What can go wrong with records.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the data folder.
    #[error("the data folder `{}` is in use by another Maru{}", path.display(), pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    FolderInUse {
        /// The folder.
        path: PathBuf,
        /// The process that holds it, where it said so.
        pid: Option<u32>,
    },
    /// The data folder cannot be made or opened.
    #[error("the data folder `{}` cannot be used: {source}", path.display())]
    Folder {
        /// The folder, or the part of it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another data folder writes to the same place.
    #[error(
        "history at `{address}` belongs to another data folder, whose Maru runs or ended less than {seconds} s ago without giving it back"
    )]
    AddressInUse {
        /// The place.
        address: String,
        /// For how long it stays that one's, in seconds.
        seconds: i64,
    },
    /// There is no room left on the disk.
    #[error("the disk that holds the data folder is full")]
    DiskFull,
    /// The log could not be written.
    #[error("the log could not be written: {0}")]
    Log(io::Error),
    /// More is waiting to be written than memory was set aside for.
    #[error("{waiting_bytes} bytes wait to be written, and {limit_bytes} are allowed")]
    Overloaded {
        /// What waits.
        waiting_bytes: usize,
        /// What may wait.
        limit_bytes: usize,
    },
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// A file of history cannot be written, listed or removed.
    #[error("history could not be reached: {0}")]
    Objects(#[from] object_store::Error),
    /// Records do not fit the table.
    #[error("records do not fit: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A Parquet file cannot be written or read.
    #[error("a Parquet file failed: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// There is no such table.
    #[error("there is no history table `{0}`")]
    UnknownTable(String),
    /// The address of history is wrong.
    #[error("`{address}` is no place for history: {reason}")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// Tells a full disk from other failures to write.
    #[must_use]
    pub fn from_write(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull || error.kind() == io::ErrorKind::QuotaExceeded {
            Self::DiskFull
        } else {
            Self::Log(error)
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let message = sentence(&error.to_string());
        match &error {
            StoreError::FolderInUse { .. } => {
                Self::new(ErrorKind::Conflict, "MARU-0101", message).next("Stop the other one, or choose another folder with `--data`.")
            }
            StoreError::Folder { .. } => Self::new(ErrorKind::Unavailable, "MARU-0102", message)
                .next("Check that it exists and that you may write to it, or choose another with `--data`."),
            StoreError::DiskFull => Self::new(ErrorKind::Unavailable, "MARU-0103", message)
                .next("Free some space: writing goes on by itself, and nothing that was acknowledged is lost."),
            StoreError::Overloaded { .. } => Self::new(ErrorKind::TooMany { retry_after: Duration::from_secs(2) }, "MARU-0104", message)
                .next("Send again a little later."),
            StoreError::Log(_) => {
                Self::new(ErrorKind::Unavailable, "MARU-0105", message).next("Check the disk that holds the data folder.")
            }
            StoreError::Closed => {
                Self::new(ErrorKind::Unavailable, "MARU-0106", message).next("Maru is stopping; send again when it is back.")
            }
            StoreError::Objects(_) => {
                Self::new(ErrorKind::Unavailable, "MARU-0107", message).next("Check the address and the credentials of `history`.")
            }
            StoreError::Address { .. } => {
                Self::invalid("MARU-0108", "history", message).next("Use a bucket: `s3://bucket/prefix`, or leave it empty.")
            }
            StoreError::AddressInUse { .. } => {
                Self::new(ErrorKind::Conflict, "MARU-0112", message).next("Give each data folder a bucket or a prefix of its own.")
            }
            StoreError::UnknownTable(_) => Self::internal("MARU-0109", message),
            StoreError::Arrow(_) | StoreError::Parquet(_) => Self::internal("MARU-0110", message),
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".").unwrap_or_default()
}

/// What a failing database means to a person.
#[must_use]
pub fn database_error(error: sea_orm::DbErr) -> Error {
    let text = error.to_string();
    if text.contains("database or disk is full") || text.contains("No space left") {
        return StoreError::DiskFull.into();
    }
    let kind = match error {
        sea_orm::DbErr::Conn(_) | sea_orm::DbErr::ConnectionAcquire(_) => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    };
    Error::new(kind, "MARU-0111", format!("The state database failed: {text}.")).next("Check that it runs and can be reached.")
}
