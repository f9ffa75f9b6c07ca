//! A code that signs a person in once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_links")]
pub struct Model {
    /// SHA-256 of the code, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: String,
    pub principal: String,
    #[sea_orm(column_name = "created")]
    pub created_ms: i64,
    #[sea_orm(column_name = "expires")]
    pub expires_ms: i64,
    #[sea_orm(column_name = "used")]
    pub used_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
