//! The rows of the table of anomalies.

use sea_orm::entity::prelude::*;

/// One anomaly. Times are milliseconds since the epoch, labels JSON; the series' number keeps its bits.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "anomalies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub series: i64,
    pub name: String,
    pub labels: String,
    pub resource: Option<String>,
    pub start_time: i64,
    pub end_time: Option<i64>,
    pub direction: String,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    pub actual: f64,
    pub score: f64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
