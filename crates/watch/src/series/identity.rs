//! What a series is called, and the number that stands for it.

use crate::ingest::NAME;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use xxhash_rust::xxh3::xxh3_64;

/// Ends a label's name. Neither byte occurs in UTF-8, so no label can hold one.
const END_OF_NAME: u8 = 0xff;
/// Ends a label's value.
const END_OF_VALUE: u8 = 0xfe;

/// Stands for a series: XXH3 of its sorted labels. The same labels give the same number on every machine and after every restart. Among
/// a million series two share a number with a probability of 3 in 10⁸.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u64);

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SeriesId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

// As text, since JSON numbers lose their last digits in a browser.
impl Serialize for SeriesId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SeriesId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom(format!("`{text}` is no series: use the number that `series list` shows")))
    }
}

impl JsonSchema for SeriesId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SeriesId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{1,20}$", "description": "Stands for a series, as `series.list` shows it" })
    }
}

/// The labels of a series in one piece of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackedLabels(Box<[u8]>);

impl PackedLabels {
    /// Keeps labels that [`pack`] wrote.
    pub(crate) fn new(packed: &[u8]) -> Self {
        Self(packed.into())
    }

    /// Names and values, sorted by name, `__name__` among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split(|byte| *byte == END_OF_VALUE).filter_map(|label| {
            let at = label.iter().position(|byte| *byte == END_OF_NAME)?;
            Some((std::str::from_utf8(&label[..at]).ok()?, std::str::from_utf8(&label[at + 1..]).ok()?))
        })
    }

    /// The metric's name.
    pub(crate) fn name(&self) -> &str {
        self.iter().find(|(name, _)| *name == NAME).map_or("", |(_, value)| value)
    }

    /// The labels without the name.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(name, _)| *name != NAME)
    }

    /// What the series is measured on: the first label that says so.
    pub(crate) fn resource(&self) -> Option<&str> {
        const SAYING: [&str; 7] = ["resource", "host", "host_name", "node", "instance", "pod", "job"];
        SAYING.iter().find_map(|wanted| self.iter().find(|(name, _)| name == wanted)).map(|(_, value)| value)
    }
}

/// Writes labels into `packed`, which is emptied first, and answers the number of their series.
pub(crate) fn pack(labels: &[(&str, &str)], packed: &mut Vec<u8>) -> SeriesId {
    packed.clear();
    for (name, value) in labels {
        packed.extend_from_slice(name.as_bytes());
        packed.push(END_OF_NAME);
        packed.extend_from_slice(value.as_bytes());
        packed.push(END_OF_VALUE);
    }
    SeriesId(xxh3_64(packed))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_come_out_as_they_went_in(labels in prop::collection::btree_map("[a-z_]{1,8}", ".{1,12}", 1..6)) {
            let labels: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let mut packed = Vec::new();
            pack(&labels, &mut packed);
            let packed = PackedLabels::new(&packed);
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), labels);
        }
    }

    #[test]
    fn the_number_of_a_series_never_changes() {
        let mut packed = Vec::new();
        insta::assert_snapshot!(pack(&[("__name__", "up"), ("job", "maru")], &mut packed), @"7853397809281878116");
        let labels = PackedLabels::new(&packed);
        assert_eq!((labels.name(), labels.resource()), ("up", Some("maru")));
    }
}
