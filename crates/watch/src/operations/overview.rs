use crate::{
    Watch,
    anomaly::{Column, Entity},
    host::headline,
    series::{Index, SeriesId},
    tables::SAMPLES,
};
use jiff::Timestamp;
use maru_kernel::{Call, Effect, Operation, Result};
use maru_store::database_error;
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;

/// Tells how things stand: what is watched, what is out of its band, and this host's main series.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ShowOverview {}

/// How things stand.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// This host.
    pub host: String,
    /// Maru's version.
    pub version: String,
    /// When this Maru was started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// How many series there are.
    pub series: u64,
    /// How many of them are still being learned.
    pub warming: u64,
    /// Samples that are kept.
    pub samples_total: u64,
    /// Samples taken in per second since the start.
    pub samples_per_second: f64,
    /// How many anomalies are open.
    pub anomalies_open: u64,
    /// This host's main series.
    pub headline: Vec<Headline>,
}

/// One of this host's main series.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Headline {
    /// What it tells: `cpu`, `load`, `memory`, `disk`, `network`, `processes`.
    pub title: String,
    /// The metric's name.
    pub name: String,
    /// The series.
    pub series: SeriesId,
    /// What tells it apart from others of the same title, such as a device and a direction.
    pub detail: Option<String>,
    /// The unit of its samples, where known.
    pub unit: Option<String>,
}

/// The order in which people look at a machine.
const ORDER: [&str; 6] = ["cpu", "memory", "load", "disk", "network", "processes"];

impl Operation for ShowOverview {
    const NAME: &'static str = "watch.overview";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["watch overview"];
    type Room = Watch;
    type Output = Overview;

    async fn run(self, watch: &Watch, call: &Call) -> Result<Overview> {
        let host = watch.options().host.clone();
        let (mut series, mut warming, mut found) = (0, 0, Vec::new());
        for number in 0..Index::SHARDS {
            for (id, slot) in watch.engine.index.shard(number).iter().filter(|(_, slot)| slot.recorded) {
                series += 1;
                warming += u64::from(slot.band.is_warming());
                if !slot.labels.others().any(|(name, value)| name == "host" && value == host) {
                    continue;
                }
                let name = slot.labels.name();
                let labels: Vec<_> = slot.labels.others().collect();
                if let Some(title) = headline(name, &labels) {
                    let detail: Vec<_> = labels.iter().filter(|(name, _)| *name != "host").map(|(_, value)| *value).collect();
                    found.push(Headline {
                        title: title.to_owned(),
                        name: name.to_owned(),
                        series: SeriesId(*id),
                        detail: (!detail.is_empty()).then(|| detail.join(" ")),
                        unit: slot.unit.as_deref().map(str::to_owned),
                    });
                }
            }
            tokio::task::yield_now().await;
        }
        found.sort_by_key(|headline| (ORDER.iter().position(|title| *title == headline.title), headline.detail.clone()));
        let open = Entity::find().filter(Column::EndTime.is_null()).count(watch.store().state().db()).await.map_err(database_error)?;
        let taken_in = watch.counts().samples.load(Ordering::Relaxed);
        let seconds = call.now().duration_since(watch.started()).as_secs_f64().max(1.0);
        Ok(Overview {
            host,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: watch.started(),
            series,
            warming,
            samples_total: watch.store().history().table_figures(SAMPLES.name).rows,
            samples_per_second: taken_in as f64 / seconds,
            anomalies_open: open,
            headline: found,
        })
    }
}
