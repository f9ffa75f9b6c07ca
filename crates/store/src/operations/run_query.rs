use super::QueryResult;
use crate::Store;
use maru_kernel::{Call, Effect, Operation, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Reads any tables with SQL.
///
/// State and history tables join. `maru_tables` and `maru_columns` list what there is, with comments.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunQuery {
    /// One statement that reads.
    pub sql: String,
    /// The most rows to answer.
    #[arg(long, default_value_t = default_limit())]
    #[serde(default = "default_limit")]
    pub limit: u32,
}

fn default_limit() -> u32 {
    1_000
}

impl Operation for RunQuery {
    const NAME: &'static str = "sql.query";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const DEADLINE: Duration = Duration::from_secs(300);
    const EXAMPLES: &'static [&'static str] = &[
        "sql 'SELECT count(*) FROM samples'",
        "sql 'SELECT name, count(*) AS series FROM series GROUP BY name ORDER BY series DESC' --limit 20",
        "sql 'SELECT table_name, name, comment FROM maru_columns' --output csv",
    ];
    type Room = Store;
    type Output = QueryResult;

    async fn run(self, store: &Store, _call: &Call) -> Result<QueryResult> {
        store.sql().query(&self.sql, self.limit as usize).await
    }
}
