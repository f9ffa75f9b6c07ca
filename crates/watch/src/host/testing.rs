//! A machine made of sample texts, and a sink that writes down what it was told.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::emit::Emit;
use super::source::Source;
use crate::ingest::{Kind, NAME, SeriesRef, SeriesSink};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// A folder that stands for `/`.
pub(super) struct Machine(tempfile::TempDir);

impl Machine {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn with(files: &[(&str, &str)]) -> Self {
        let machine = Self::empty();
        for (path, text) in files {
            machine.write(path, text);
        }
        machine
    }

    pub fn root(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// What one source tells of this machine.
    pub fn collect(&self, collect: impl FnOnce(&mut Source, &mut Emit<'_>)) -> Collected {
        let mut collected = Collected::default();
        collect(&mut Source::new(self.root()), &mut Emit::new("seoul-1", 0, &mut collected));
        collected
    }
}

/// What a sink was told.
#[derive(Default)]
pub(super) struct Collected {
    /// One line a series, the host left out.
    pub lines: Vec<String>,
    /// The labels of each series.
    pub labels: Vec<Vec<(String, String)>>,
}

impl Collected {
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

impl SeriesSink for Collected {
    fn series(&mut self, series: SeriesRef<'_>) {
        let own = series.labels.iter().filter(|(name, _)| !["host", NAME].contains(name));
        let own: Vec<String> = own.map(|(name, value)| format!("{name}={value}")).collect();
        let kind = if series.kind == Kind::Counter { "counter" } else { "gauge" };
        let unit = series.unit.unwrap_or("-");
        let [sample] = series.samples else { panic!("one sample each, not {:?}", series.samples) };
        self.lines.push(format!("{} {{{}}} {} {kind} {unit}", series.name(), own.join(" "), sample.value));
        self.labels.push(series.labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    }
}
