//! How the table of anomalies came to be.

use sea_orm_migration::{prelude::*, schema::*};

/// The changes to the state database that watch needs, in order.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateAnomalies)]
}

struct CreateAnomalies;

impl MigrationName for CreateAnomalies {
    fn name(&self) -> &str {
        "watch_0001_create_anomalies"
    }
}

#[derive(DeriveIden)]
enum Anomalies {
    Table,
    Id,
    Series,
    Name,
    Labels,
    Resource,
    StartTime,
    EndTime,
    Direction,
    Expected,
    Lower,
    Upper,
    Actual,
    Score,
}

#[async_trait::async_trait]
impl MigrationTrait for CreateAnomalies {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Anomalies::Table)
            .col(string(Anomalies::Id).primary_key())
            .col(big_integer(Anomalies::Series))
            .col(text(Anomalies::Name))
            .col(text(Anomalies::Labels))
            .col(text_null(Anomalies::Resource))
            .col(big_integer(Anomalies::StartTime))
            .col(big_integer_null(Anomalies::EndTime))
            .col(text(Anomalies::Direction))
            .col(double(Anomalies::Expected))
            .col(double(Anomalies::Lower))
            .col(double(Anomalies::Upper))
            .col(double(Anomalies::Actual))
            .col(double(Anomalies::Score))
            .to_owned();
        manager.create_table(table).await?;
        for (name, column) in [
            ("anomalies_by_start", Anomalies::StartTime),
            ("anomalies_by_series", Anomalies::Series),
            ("anomalies_by_end", Anomalies::EndTime),
        ] {
            manager.create_index(Index::create().name(name).table(Anomalies::Table).col(column).to_owned()).await?;
        }
        Ok(())
    }
}
