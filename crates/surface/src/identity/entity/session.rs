//! A browser in which a person is signed in.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Names the session to people; opens nothing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// SHA-256 of what the cookie holds, in hexadecimal.
    #[sea_orm(unique)]
    pub secret_hash: String,
    pub principal: String,
    pub csrf: String,
    pub address: String,
    #[sea_orm(column_name = "created")]
    pub created_ms: i64,
    #[sea_orm(column_name = "expires")]
    pub expires_ms: i64,
    #[sea_orm(column_name = "last_seen")]
    pub last_seen_ms: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
