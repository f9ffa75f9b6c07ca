//! What a decoder says of a body that it has read.

use std::fmt;

/// What was taken from one body, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Series handed to the sink.
    pub series: u64,
    /// Samples handed to the sink.
    pub samples: u64,
    /// Samples refused, by reason.
    pub rejected: Rejections,
    /// Markers that a series has ended (Prometheus' staleness NaN, OTLP's "no recorded value"), dropped.
    pub stale_markers: u64,
    /// Values of Prometheus that are no finite number, dropped: they say that there is nothing to say.
    pub not_finite: u64,
    /// Native histograms of remote write, which Maru does not keep.
    pub histograms_skipped: u64,
    /// Exemplars, which Maru does not keep.
    pub exemplars_skipped: u64,
}

/// Why a sample is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The sample has no time.
    NoTime,
    /// The sample is from before the earliest time taken.
    TooOld,
    /// The sample is from after the latest time taken.
    TooNew,
    /// The value is not a number.
    NotANumber,
    /// The value is infinite.
    Infinite,
    /// The data point has no value, or its metric no data of a kind that is known.
    NoValue,
    /// A histogram's buckets do not fit its bounds.
    BadBuckets,
    /// The series has no metric name.
    NoName,
    /// A label has no name.
    EmptyLabelName,
    /// Two labels have one name.
    DuplicateLabel,
    /// The series has too many labels.
    TooManyLabels,
    /// A label name is too long.
    LabelNameTooLong,
    /// A label value is too long.
    LabelValueTooLong,
    /// All labels of the series together are too long.
    SeriesTooLong,
    /// A label refers to text that the message does not hold.
    BadReference,
}

impl Reason {
    /// A stable word for metrics and logs, such as `too_old`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::NoTime => "no_time",
            Reason::TooOld => "too_old",
            Reason::TooNew => "too_new",
            Reason::NotANumber => "not_a_number",
            Reason::Infinite => "infinite",
            Reason::NoValue => "no_value",
            Reason::BadBuckets => "bad_buckets",
            Reason::NoName => "no_name",
            Reason::EmptyLabelName => "empty_label_name",
            Reason::DuplicateLabel => "duplicate_label",
            Reason::TooManyLabels => "too_many_labels",
            Reason::LabelNameTooLong => "label_name_too_long",
            Reason::LabelValueTooLong => "label_value_too_long",
            Reason::SeriesTooLong => "series_too_long",
            Reason::BadReference => "bad_reference",
        }
    }
}

/// The samples refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// How many samples.
    pub count: u64,
    /// The first of them, in words: names the series and the field.
    pub example: String,
}

/// The samples of a body that were refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections(Vec<Rejection>);

impl Rejections {
    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many samples were refused, for whatever reason.
    pub fn total(&self) -> u64 {
        self.iter().map(|rejection| rejection.count).sum()
    }

    /// Each reason met, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Rejection> {
        self.0.iter()
    }

    /// How many samples were refused for this reason.
    pub fn count(&self, reason: Reason) -> u64 {
        self.iter().find(|rejection| rejection.reason == reason).map_or(0, |rejection| rejection.count)
    }

    /// Counts `count` samples refused for `reason`; `example` is asked for the first only.
    pub(super) fn add(&mut self, reason: Reason, count: u64, example: impl FnOnce() -> String) {
        if count == 0 {
            return;
        }
        match self.0.iter_mut().find(|rejection| rejection.reason == reason) {
            Some(rejection) => rejection.count = rejection.count.saturating_add(count),
            None => self.0.push(Rejection { reason, count, example: example() }),
        }
    }
}

/// `3 samples refused: 2 too_old (first: series …), 1 infinite (first: series …)`; nothing when nothing was refused.
impl fmt::Display for Rejections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = match self.total() {
            0 => return Ok(()),
            1 => "1 sample".to_owned(),
            many => format!("{many} samples"),
        };
        write!(f, "{total} refused: ")?;
        for (index, Rejection { reason, count, example }) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{count} {} (first: {example})", reason.as_str())?;
        }
        Ok(())
    }
}
