//! A secret by which a program calls Maru on behalf of its owner.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub owner: String,
    pub scope: String,
    /// The first characters of the token, by which a person recognizes it.
    pub prefix: String,
    /// SHA-256 of the token, in hexadecimal.
    #[sea_orm(unique)]
    pub secret_hash: String,
    #[sea_orm(column_name = "created")]
    pub created_ms: i64,
    #[sea_orm(column_name = "expires")]
    pub expires_ms: Option<i64>,
    #[sea_orm(column_name = "last_used")]
    pub last_used_ms: Option<i64>,
    #[sea_orm(column_name = "revoked")]
    pub revoked_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
