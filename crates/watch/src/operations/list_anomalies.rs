use crate::{
    AnomalyView, Watch,
    anomaly::{Column, Entity},
    series::SeriesId,
};
use maru_kernel::{Call, Effect, Operation, Result, parse_time};
use maru_store::database_error;
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// Lists what left its band, the newest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListAnomalies {
    /// Only those that are open still.
    #[arg(long)]
    #[serde(default)]
    pub open: bool,
    /// Only those that were open after this moment: RFC 3339, or ago, such as `-24h`.
    #[arg(long, allow_hyphen_values = true)]
    #[serde(default)]
    pub since: Option<String>,
    /// Only those that began before this moment.
    #[arg(long, allow_hyphen_values = true)]
    #[serde(default)]
    pub until: Option<String>,
    /// Only those of this series.
    #[arg(long)]
    #[serde(default)]
    pub series: Option<SeriesId>,
    /// The most to answer.
    #[arg(long, default_value_t = default_limit())]
    #[serde(default = "default_limit")]
    pub limit: u32,
}

fn default_limit() -> u32 {
    100
}

/// What left its band.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AnomalyList {
    /// The newest first.
    pub anomalies: Vec<AnomalyView>,
}

impl Operation for ListAnomalies {
    const NAME: &'static str = "anomaly.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["anomaly list --open", "anomaly list --since -24h --output json"];
    type Room = Watch;
    type Output = AnomalyList;

    async fn run(self, watch: &Watch, call: &Call) -> Result<AnomalyList> {
        let mut condition = Condition::all();
        if self.open {
            condition = condition.add(Column::EndTime.is_null());
        }
        if let Some(since) = &self.since {
            let since_ms = parse_time("since", since, call.now())?.as_millisecond();
            condition = condition.add(Condition::any().add(Column::EndTime.is_null()).add(Column::EndTime.gte(since_ms)));
        }
        if let Some(until) = &self.until {
            condition = condition.add(Column::StartTime.lt(parse_time("until", until, call.now())?.as_millisecond()));
        }
        if let Some(series) = self.series {
            condition = condition.add(Column::Series.eq(series.0.cast_signed()));
        }
        let rows = Entity::find()
            .filter(condition)
            .order_by_desc(Column::StartTime)
            .order_by_asc(Column::Id)
            .limit(u64::from(self.limit.min(10_000)))
            .all(watch.store().state().db())
            .await
            .map_err(database_error)?;
        Ok(AnomalyList { anomalies: rows.into_iter().map(AnomalyView::from).collect() })
    }
}
