//! Collects what a decoder reads, in columns.

use crate::{
    ingest::{Kind, SeriesRef, SeriesSink},
    series::{Index, PackedLabels, SeriesId, pack},
};

/// Samples of one series within the columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub(crate) id: SeriesId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A series that is not in memory yet.
#[derive(Clone, Debug)]
pub(crate) struct NewSeries {
    pub(crate) id: SeriesId,
    pub(crate) labels: PackedLabels,
    pub(crate) kind: Kind,
    pub(crate) unit: Option<Box<str>>,
}

/// What one request brought.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) times_ms: Vec<i64>,
    pub(crate) values: Vec<f64>,
    pub(crate) new: Vec<NewSeries>,
}

/// Collects series while a decoder runs.
pub(crate) struct Gatherer<'i> {
    index: &'i Index,
    gathered: Gathered,
    packed: Vec<u8>,
}

impl<'i> Gatherer<'i> {
    /// Collects for the series in `index`.
    pub(crate) fn new(index: &'i Index) -> Self {
        Self { index, gathered: Gathered::default(), packed: Vec::with_capacity(512) }
    }

    /// What was collected, in the order of the series, each series once.
    pub(crate) fn finish(self) -> Gathered {
        self.gathered.in_order()
    }
}

impl SeriesSink for Gatherer<'_> {
    fn series(&mut self, series: SeriesRef<'_>) {
        let id = pack(series.labels, &mut self.packed);
        let start = self.gathered.times_ms.len();
        self.gathered.times_ms.extend(series.samples.iter().map(|sample| sample.time_ms));
        self.gathered.values.extend(series.samples.iter().map(|sample| sample.value));
        self.gathered.chunks.push(Chunk { id, start, end: self.gathered.times_ms.len() });
        let known = self.index.shard_with(id).get(&id.0).is_some_and(|slot| slot.recorded);
        if !known {
            let labels = PackedLabels::new(&self.packed);
            self.gathered.new.push(NewSeries { id, labels, kind: series.kind, unit: series.unit.map(Into::into) });
        }
    }
}

impl Gathered {
    fn in_order(mut self) -> Self {
        self.chunks.sort_by_key(|chunk| (chunk.id, chunk.start));
        self.new.sort_by_key(|new| new.id);
        self.new.dedup_by_key(|new| new.id);
        if self.chunks.windows(2).any(|pair| pair[0].id == pair[1].id) {
            self.merge_repeated();
        }
        self
    }

    /// A sender may name a series several times in a request; its samples are put together in order of time, of equal times the last.
    fn merge_repeated(&mut self) {
        let mut merged = Vec::with_capacity(self.chunks.len());
        for run in self.chunks.chunk_by(|one, other| one.id == other.id) {
            if let [single] = run {
                merged.push(*single);
                continue;
            }
            let rows = run.iter().flat_map(|chunk| chunk.start..chunk.end);
            let mut samples: Vec<_> = rows.map(|row| (self.times_ms[row], self.values[row])).collect();
            samples.sort_by_key(|(time_ms, _)| *time_ms);
            samples.reverse();
            samples.dedup_by_key(|(time_ms, _)| *time_ms);
            samples.reverse();
            let start = self.times_ms.len();
            self.times_ms.extend(samples.iter().map(|(time_ms, _)| time_ms));
            self.values.extend(samples.iter().map(|(_, value)| value));
            merged.push(Chunk { id: run[0].id, start, end: self.times_ms.len() });
        }
        self.chunks = merged;
    }
}

/// Adds labels to each series on its way to another sink; a label that a series has already is left as it is.
pub(crate) struct Labelled<'a> {
    pub(crate) labels: &'a [(&'a str, &'a str)],
    pub(crate) sink: &'a mut dyn SeriesSink,
}

impl SeriesSink for Labelled<'_> {
    fn series(&mut self, series: SeriesRef<'_>) {
        let mut labels: Vec<_> = series.labels.to_vec();
        for (name, value) in self.labels {
            if !labels.iter().any(|(own, _)| own == name) {
                labels.push((name, value));
            }
        }
        labels.sort_unstable();
        self.sink.series(SeriesRef { labels: &labels, ..series });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Sample;

    #[test]
    fn a_series_named_twice_is_one() {
        let index = Index::default();
        let mut gatherer = Gatherer::new(&index);
        for samples in [[(30, 3.0), (40, 4.0)], [(10, 1.0), (30, 9.0)]] {
            let samples = samples.map(|(time_ms, value)| Sample { time_ms, value });
            gatherer.series(SeriesRef { labels: &[("__name__", "up")], kind: Kind::Gauge, unit: None, samples: &samples });
        }
        let gathered = gatherer.finish();
        assert_eq!((gathered.chunks.len(), gathered.new.len()), (1, 1));
        let chunk = gathered.chunks[0];
        assert_eq!(&gathered.times_ms[chunk.start..chunk.end], [10, 30, 40]);
        assert_eq!(&gathered.values[chunk.start..chunk.end], [1.0, 9.0, 4.0]);
    }
}
