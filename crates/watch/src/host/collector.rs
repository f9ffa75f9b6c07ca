//! The collector of one host: every source in turn, into one sink.

use super::cpu::CpuTimes;
use super::emit::Emit;
use super::source::Source;
use super::{cpu, disk, filesystem, memory, network, own, pressure, system, temperature};
use crate::ingest::SeriesSink;
use std::path::PathBuf;

/// Reads what the machine tells about itself, and what Maru's own process costs.
#[derive(Debug)]
pub struct HostCollector {
    host: String,
    source: Source,
    cpu_before: Option<CpuTimes>,
}

impl HostCollector {
    /// A collector of the machine whose `/proc` and `/sys` are under `root` (`/` for this machine).
    /// Every series gets the label `host` with the name given.
    #[must_use]
    pub fn new(host: String, root: PathBuf) -> Self {
        Self { host, source: Source::new(root), cpu_before: None }
    }

    /// Hands each series of the machine to `sink`, with one sample at `now_ms` (milliseconds since the epoch).
    ///
    /// Blocks for as long as some thirty small reads of `/proc` and `/sys` take. CPU utilization is that since the
    /// call before, so the first call has none.
    pub fn collect(&mut self, now_ms: i64, sink: &mut dyn SeriesSink) {
        let mut emit = Emit::new(&self.host, now_ms, sink);
        let source = &mut self.source;
        cpu::collect(source, &mut self.cpu_before, &mut emit);
        system::collect(source, &mut emit);
        memory::collect(source, &mut emit);
        filesystem::collect(source, &mut emit);
        disk::collect(source, &mut emit);
        network::collect(source, &mut emit);
        temperature::collect(source, &mut emit);
        pressure::collect(source, &mut emit);
        own::collect(source, &mut emit);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::testing::{Collected, Machine};
    use super::*;
    use crate::ingest::NAME;
    use std::collections::HashSet;

    #[test]
    fn a_machine_without_anything_has_nothing_to_tell() {
        let machine = Machine::empty();
        let mut collected = Collected::default();
        HostCollector::new("seoul-1".to_owned(), machine.root()).collect(0, &mut collected);
        assert_eq!(collected.lines, Vec::<String>::new());
    }

    #[test]
    fn this_machine_tells_each_series_once_with_sorted_labels_and_its_host() {
        let mut collector = HostCollector::new("here".to_owned(), PathBuf::from("/"));
        collector.collect(1_000, &mut Collected::default());
        let mut collected = Collected::default();
        collector.collect(11_000, &mut collected);
        let mut seen = HashSet::new();
        for labels in &collected.labels {
            assert!(labels.is_sorted_by(|one, next| one.0 < next.0), "{labels:?}");
            assert!(labels.iter().all(|(_, value)| !value.is_empty()), "{labels:?}");
            assert!(labels.contains(&("host".to_owned(), "here".to_owned())), "{labels:?}");
            assert!(labels.iter().any(|(name, _)| name == NAME), "{labels:?}");
            assert!(seen.insert(labels.clone()), "twice: {labels:?}");
        }
        assert!(seen.len() > 30, "{}", seen.len());
    }
}
