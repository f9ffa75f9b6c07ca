//! Lets the bands judge what has become durable.

use super::{gather::Gathered, reserve::Reserved};
use crate::{
    anomaly::AnomalyView,
    band::{Side, Transition},
    series::{BandRow, Index, SeriesId, Slot},
};
use jiff::Timestamp;

/// An anomaly that began or ended.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Opened(AnomalyView),
    Closed(AnomalyView),
}

/// What the judgement of one request's samples brought.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Rows for the table of bands.
    pub(crate) bands: Vec<(SeriesId, BandRow)>,
    /// Anomalies that began or ended.
    pub(crate) changes: Vec<Change>,
    /// Judgements of series that somebody looks at.
    pub(crate) live: Vec<(SeriesId, BandRow)>,
}

/// Judges samples that are durable now. `is_watched` tells for which series somebody looks on.
pub(crate) fn commit(index: &Index, gathered: &Gathered, reserved: &Reserved, is_watched: Option<&dyn Fn(SeriesId) -> bool>) -> Judged {
    let mut judged = Judged::default();
    for run in reserved.chunks.chunk_by(|one, other| Index::shard_of(one.id) == Index::shard_of(other.id)) {
        let mut shard = index.shard_with(run[0].id);
        for chunk in run {
            let Some(slot) = shard.get_mut(&chunk.id.0) else { continue };
            slot.recorded = true;
            let live = is_watched.is_some_and(|is_watched| is_watched(chunk.id));
            for row in chunk.start..chunk.end {
                judge(chunk.id, slot, gathered.times_ms[row], gathered.values[row], live, &mut judged);
            }
        }
    }
    judged
}

/// Judges one sample.
pub(crate) fn judge(id: SeriesId, slot: &mut Slot, time_ms: i64, value: f64, live: bool, judged: &mut Judged) {
    let Some(row) = slot.observe(time_ms, value) else { return };
    if row.keep {
        judged.bands.push((id, row));
    }
    if live {
        judged.live.push((id, row));
    }
    if let Some(transition) = row.judgement.transition {
        judged.changes.push(change(id, slot, transition));
    }
}

fn change(id: SeriesId, slot: &Slot, transition: Transition) -> Change {
    let view = |start_ms, end_ms: Option<i64>, side, [expected, lower, upper, actual, score]: [f64; 5]| AnomalyView {
        id: format!("{id}-{start_ms}"),
        series: id,
        name: slot.labels.name().to_owned(),
        labels: slot.labels.others().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        resource: slot.labels.resource().map(str::to_owned),
        start: moment(start_ms),
        end: end_ms.map(moment),
        direction: if side == Side::Above { "above" } else { "below" }.to_owned(),
        expected,
        lower,
        upper,
        actual,
        score,
    };
    match transition {
        Transition::Opened(opening) => {
            let numbers = [opening.expected, opening.lower, opening.upper, opening.actual, opening.score];
            Change::Opened(view(opening.start_ms, None, opening.direction, numbers))
        }
        Transition::Closed(closing) => {
            let numbers = [closing.expected, closing.lower, closing.upper, closing.actual, closing.score];
            Change::Closed(view(closing.start_ms, Some(closing.end_ms), closing.direction, numbers))
        }
    }
}

pub(crate) fn moment(time_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(time_ms).unwrap_or(if time_ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
