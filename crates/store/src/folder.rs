//! The folder that holds everything a cell keeps on this machine, and the lock that keeps a second process out of it.

#![expect(clippy::disallowed_methods, reason = "the store owns the data folder")]

use crate::StoreError;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{BufWriter, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// What the name of a file ends with for as long as it is being written.
pub(crate) const UNFINISHED: &str = "unfinished";

/// The data folder, held for as long as this value lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    // Held, not read: closing the file gives the lock back.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder (for its owner alone) where there is none, and takes the lock.
    ///
    /// # Errors
    /// [`StoreError::FolderInUse`] when another process holds it, [`StoreError::Folder`] when it cannot be made or written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let failed = |source| StoreError::Folder { path: path.clone(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(failed)?;
        let mut lock =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = lock.read_to_string(&mut holder);
                return Err(StoreError::FolderInUse { pid: holder.trim().parse().ok(), path });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Who holds the lock is only told to people; a full disk must not keep Maru from starting to read.
        let _ = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| lock.write_all(std::process::id().to_string().as_bytes()));
        Ok(Self { path, _lock: lock })
    }

    /// What the folder is called wherever others have to know it; made once, and kept in it.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn identity(&self) -> Result<String, StoreError> {
        let path = self.path.join("identity");
        let failed = |source| StoreError::Folder { path: path.clone(), source };
        match std::fs::read_to_string(&path) {
            Ok(identity) if !identity.is_empty() => return Ok(identity),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        let identity = hex::encode(bytes);
        replace_file(&path, identity.as_bytes())?;
        Ok(identity)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Replaces the file at `path` by `content` in one step, readable by its owner alone: after a crash it is the old or the new one.
///
/// # Errors
/// [`StoreError::DiskFull`] or [`StoreError::Log`].
pub fn replace_file(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    replace_file_with(path, |file| file.write_all(content))
}

/// Replaces a file like [`replace_file`] does, by what `write` writes.
///
/// # Errors
/// [`StoreError::DiskFull`] or [`StoreError::Log`].
pub fn replace_file_with(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<(), StoreError> {
    let temporary = path.with_extension(UNFINISHED);
    let replace = || {
        let mut file = BufWriter::new(OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?);
        write(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        std::fs::rename(&temporary, path)?;
        sync_folder(path)
    };
    replace().map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        StoreError::from_write(error)
    })
}

/// Makes the entry of `path` in its folder durable.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let held = DataFolder::open(&path).unwrap();
        let refused = DataFolder::open(&path).unwrap_err();
        assert!(matches!(refused, StoreError::FolderInUse { pid: Some(pid), .. } if pid == std::process::id()), "{refused}");
        drop(held);
        DataFolder::open(&path).unwrap();
    }
}
