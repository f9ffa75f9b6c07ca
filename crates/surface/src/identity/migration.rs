//! Lays out the state tables of identity.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean, string, string_null, string_uniq},
};

/// What brings a state database to the layout that identity needs.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Identity)]
}

struct Identity;

impl MigrationName for Identity {
    fn name(&self) -> &str {
        "m2026_03_01_000001_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Identity {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("users")
                    .col(string("id").primary_key())
                    .col(string_uniq("name"))
                    .col(string("role"))
                    .col(string_null("password_hash"))
                    .col(big_integer("created"))
                    .col(boolean("disabled"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("api_tokens")
                    .col(string("id").primary_key())
                    .col(string("name"))
                    .col(string("owner"))
                    .col(string("scope"))
                    .col(string("prefix"))
                    .col(string_uniq("secret_hash"))
                    .col(big_integer("created"))
                    .col(big_integer_null("expires"))
                    .col(big_integer_null("last_used"))
                    .col(big_integer_null("revoked"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(string("id").primary_key())
                    .col(string_uniq("secret_hash"))
                    .col(string("principal"))
                    .col(string("csrf"))
                    .col(string("address"))
                    .col(big_integer("created"))
                    .col(big_integer("expires"))
                    .col(big_integer("last_seen"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("sessions_by_principal").table("sessions").col("principal").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("sign_in_links")
                    .col(string("code_hash").primary_key())
                    .col(string("principal"))
                    .col(big_integer("created"))
                    .col(big_integer("expires"))
                    .col(big_integer_null("used"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sign_in_links", "sessions", "api_tokens", "users"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
