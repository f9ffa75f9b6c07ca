use super::SeriesView;
use crate::{
    Watch,
    series::{Index, Selector, SeriesId},
};
use maru_kernel::{Call, Effect, Operation, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;

/// Finds series by words or by a selector.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListSeries {
    /// Words that the name or a label contains, or a selector such as `up{job="api"}`.
    #[arg(default_value = "")]
    #[serde(default, rename = "match")]
    #[arg(id = "match", value_name = "MATCH")]
    pub matching: String,
    /// Only series in this state.
    #[arg(long)]
    #[serde(default)]
    pub state: Option<SeriesState>,
    /// The most series to answer.
    #[arg(long, default_value_t = default_limit())]
    #[serde(default = "default_limit")]
    pub limit: u32,
    /// How many to leave out in front.
    #[arg(long, default_value_t = 0)]
    #[serde(default)]
    pub offset: u32,
}

fn default_limit() -> u32 {
    100
}

/// The states of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum SeriesState {
    /// Its band is being learned.
    Warming,
    /// Within its band.
    Normal,
    /// Outside its band.
    Anomalous,
}

impl SeriesState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Warming => "warming",
            Self::Normal => "normal",
            Self::Anomalous => "anomalous",
        }
    }
}

/// Series that were found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SeriesList {
    /// How many there are in all.
    pub total: u64,
    /// Some of them, by name and labels.
    pub series: Vec<SeriesView>,
}

/// The most that `limit` and `offset` may reach.
const REACH: usize = 100_000;

impl Operation for ListSeries {
    const NAME: &'static str = "series.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] =
        &["series list", "series list cpu", "series list 'http_requests_total{job=\"api\"}'", "series list --state anomalous"];
    type Room = Watch;
    type Output = SeriesList;

    async fn run(self, watch: &Watch, _call: &Call) -> Result<SeriesList> {
        let selector = Selector::parse(&self.matching)?;
        let (offset, limit) = (self.offset as usize, self.limit as usize);
        let wanted = (offset + limit).min(REACH);
        let mut total = 0;
        // The first by name, without sorting a million of them.
        let mut first: BinaryHeap<(String, String, SeriesId)> = BinaryHeap::new();
        for number in 0..Index::SHARDS {
            for (id, slot) in watch.engine.index.shard(number).iter() {
                let in_state = self.state.is_none_or(|state| slot.state() == state.as_str());
                if !slot.recorded || !in_state || !selector.admits(&slot.labels) {
                    continue;
                }
                total += 1;
                let name = slot.labels.name();
                if first.len() >= wanted && first.peek().is_none_or(|(last, ..)| name > last.as_str()) {
                    continue;
                }
                let labels: Vec<String> = slot.labels.others().map(|(name, value)| format!("{name}={value}")).collect();
                first.push((name.to_owned(), labels.join(","), SeriesId(*id)));
                if first.len() > wanted {
                    first.pop();
                }
            }
            tokio::task::yield_now().await;
        }
        let page = first.into_sorted_vec().into_iter().skip(offset);
        let series = page.filter_map(|(.., id)| watch.engine.index.shard_with(id).get(&id.0).map(|slot| SeriesView::of(id, slot)));
        Ok(SeriesList { total, series: series.collect() })
    }
}
