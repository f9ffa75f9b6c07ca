//! The files that the sources are read from, below one root.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The kernel's files below a root, read into one buffer that is used again.
#[derive(Debug)]
pub(super) struct Source {
    root: PathBuf,
    buffer: Vec<u8>,
    text: String,
}

impl Source {
    /// More than any of these files has on a large machine.
    const LONGEST: u64 = 4 << 20;

    pub fn new(root: PathBuf) -> Self {
        Self { root, buffer: Vec::new(), text: String::new() }
    }

    /// Where `path`, which is written from `/`, is below the root.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The text of a file; none when there is none.
    pub fn read(&mut self, path: impl AsRef<Path>) -> Option<&str> {
        let file = fs::File::open(self.root.join(path)).ok()?;
        self.buffer.clear();
        file.take(Self::LONGEST).read_to_end(&mut self.buffer).ok()?;
        self.text.clear();
        self.text.push_str(&String::from_utf8_lossy(&self.buffer));
        Some(&self.text)
    }

    /// The names in a folder, shorter ones first so that `hwmon10` comes after `hwmon9`; empty when there is none.
    pub fn names(&self, path: impl AsRef<Path>) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.root.join(path)) else { return Vec::new() };
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
        names
    }

    /// How many names in a folder pass `which`; none when there is no such folder.
    pub fn count(&self, path: impl AsRef<Path>, which: impl Fn(&[u8]) -> bool) -> Option<u64> {
        let entries = fs::read_dir(self.root.join(path)).ok()?;
        let passing = entries.filter(|entry| entry.as_ref().is_ok_and(|entry| which(entry.file_name().as_encoded_bytes())));
        Some(passing.count() as u64)
    }
}
