//! What a part is called, and what that says about it.

use jiff::civil;
use object_store::path::Path;
use std::fmt;

const DAY_MS: i64 = 86_400_000;
/// The days at the ends of what can be told in a name: in the years 53 and 9909. What is older or newer is filed there too.
const EARLIEST: i32 = -700_000;
const LATEST: i32 = 2_900_000;

/// A day in UTC, counted from the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day under which the moment `time_ms` milliseconds after the epoch is filed.
    #[expect(clippy::cast_possible_truncation, reason = "clamped to what an i32 holds")]
    #[must_use]
    pub fn of_ms(time_ms: i64) -> Self {
        Self(time_ms.div_euclid(DAY_MS).clamp(EARLIEST.into(), LATEST.into()) as i32)
    }

    /// Its first moment, in milliseconds since the epoch.
    #[must_use]
    pub fn start_ms(self) -> i64 {
        i64::from(self.0) * DAY_MS
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(self.0.clamp(EARLIEST, LATEST)));
        write!(f, "{date}")
    }
}

/// One Parquet file: the records of one table and day that came in through a range of log segments. The name carries all of that:
/// `samples/day=2026-03-01/0000000012-0000000015.parquet`. A part whose range lies within another's holds nothing that the other lacks.
#[derive(Debug)]
pub struct Part {
    /// The table.
    pub table: String,
    /// The day that all its records fall on.
    pub day: Day,
    /// The first segment of the log that it covers.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many records it holds.
    pub rows: u64,
}

impl Part {
    /// Where it is, below the root of history.
    #[must_use]
    pub fn path(&self) -> Path {
        path(&self.table, self.day, self.first, self.last)
    }

    /// Whether it holds all that segment `segment` had for its table and day.
    #[must_use]
    pub fn covers(&self, segment: u64) -> bool {
        (self.first..=self.last).contains(&segment)
    }

    /// Whether it holds all that `other` holds.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.table == other.table && self.day == other.day && self.first <= other.first && other.last <= self.last
    }
}

pub(crate) fn path(table: &str, day: Day, first: u64, last: u64) -> Path {
    Path::from(format!("{table}/day={day}/{first:010}-{last:010}.parquet"))
}

/// Reads table, day and range back from a path; `None` when the file is none of ours.
pub(crate) fn parse_path(path: &Path) -> Option<(String, Day, u64, u64)> {
    let mut parts = path.parts();
    let (table, day, file) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let date: civil::Date = day.as_ref().strip_prefix("day=")?.parse().ok()?;
    let days = date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).ok()?.get_days();
    let (first, last) = file.as_ref().strip_suffix(".parquet")?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    let name = (table.as_ref().to_owned(), Day(days), first, last);
    (first <= last && self::path(&name.0, name.1, first, last) == *path).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_says_what_the_part_holds(days in EARLIEST..=LATEST, first in 0..u64::MAX / 2, more in 0..1_000_000u64) {
            let name = path("samples", Day(days), first, first + more);
            prop_assert_eq!(parse_path(&name), Some(("samples".to_owned(), Day(days), first, first + more)));
        }
    }

    #[test]
    fn names_are_for_people_too() {
        insta::assert_snapshot!(path("samples", Day::of_ms(1_772_323_200_000), 12, 15), @"samples/day=2026-03-01/0000000012-0000000015.parquet");
        assert_eq!(parse_path(&Path::from("samples/day=2026-03-01/notes.txt")), None);
    }
}
