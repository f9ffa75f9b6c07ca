//! Which small parts become one. Pure.

use super::part::Part;
use std::{ops::Range, sync::Arc};

/// Finds neighbouring parts of one table and day to merge: at least `merge_at` of them, together at most `part_rows` rows. `parts` are one
/// day's, in order. The smallest run that qualifies first, so that a record is written again about log(n) times in its life.
pub(crate) fn choose(parts: &[Arc<Part>], part_rows: u64, merge_at: usize) -> Option<Range<usize>> {
    let mut best: Option<(u64, Range<usize>)> = None;
    for start in 0..parts.len() {
        let (mut rows, mut largest) = (0, 0);
        for (end, part) in parts.iter().enumerate().skip(start) {
            rows += part.rows;
            largest = largest.max(part.rows);
            if rows > part_rows {
                break;
            }
            let count = end + 1 - start;
            // Merging pays when it does not mostly copy one part that is large already.
            let pays = count >= merge_at && largest * 2 <= rows.max(2);
            if pays && best.as_ref().is_none_or(|(least, _)| rows < *least) {
                best = Some((rows, start..end + 1));
            }
        }
    }
    best.map(|(_, range)| range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Day;
    use proptest::prelude::*;

    fn parts(rows: &[u64]) -> Vec<Arc<Part>> {
        let part = |(number, rows): (u64, &u64)| Part {
            table: "samples".into(),
            day: Day(0),
            first: number,
            last: number,
            bytes: *rows,
            rows: *rows,
        };
        (0..).zip(rows).map(part).map(Arc::new).collect()
    }

    #[test]
    fn small_neighbours_are_merged() {
        assert_eq!(choose(&parts(&[10; 3]), 1_000, 4), None);
        assert_eq!(choose(&parts(&[900, 10, 10, 10, 10]), 1_000, 4), Some(1..5));
        assert_eq!(choose(&parts(&[400, 400, 400, 400]), 1_000, 4), None);
    }

    proptest! {
        #[test]
        fn merging_ends_and_keeps_every_row(mut rows in prop::collection::vec(1..100u64, 0..60)) {
            let all: u64 = rows.iter().sum();
            let mut merges = 0;
            while let Some(range) = choose(&parts(&rows), 500, 4) {
                let merged = rows[range.clone()].iter().sum();
                rows.splice(range, [merged]);
                merges += 1;
                prop_assert!(merges < 60);
            }
            prop_assert_eq!(rows.iter().sum::<u64>(), all);
        }
    }
}
