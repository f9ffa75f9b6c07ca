//! One-time links: how the first person gets in, and how somebody who forgot a password does.

use super::{
    entity::{sign_in_link, user},
    room::Identity,
    secret,
    sessions::SignedIn,
    users::ADMIN,
    words,
};
use maru_kernel::{Error, ErrorKind, Result, Role};
use maru_store::database_error;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use std::net::IpAddr;

/// How long a link works: 15 minutes.
const LIFETIME_MS: i64 = 15 * 60_000;

impl Identity {
    /// The code of a link that signs in the built-in administrator, as long as nobody has a password. Makes that administrator when there
    /// is none yet.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn start_link(&self) -> Result<Option<String>> {
        let with_password = user::Entity::find()
            .filter(user::Column::PasswordHash.is_not_null())
            .filter(user::Column::Disabled.eq(false))
            .count(self.db())
            .await
            .map_err(database_error)?;
        if with_password > 0 {
            return Ok(None);
        }
        if self.find_user(ADMIN).await?.is_none() {
            self.create_user(ADMIN, Role::Admin, None).await?;
        }
        self.make_link(ADMIN).await.map(|(code, _)| Some(code))
    }

    /// A new code that signs `name` in once, and when it stops working, in milliseconds since the Unix epoch.
    pub(super) async fn make_link(&self, name: &str) -> Result<(String, i64)> {
        let user = self.user(name).await?;
        if user.disabled {
            return Err(Error::new(ErrorKind::Conflict, "MARU-0340", format!("`{name}` is disabled."))
                .next(format!("Enable the user first: `maru user enable {name}`.")));
        }
        let now_ms = self.clock.now_ms();
        let over = sign_in_link::Entity::delete_many().filter(sign_in_link::Column::ExpiresMs.lte(now_ms));
        over.exec(self.db()).await.map_err(database_error)?;
        let code = secret::random()?;
        let link = sign_in_link::ActiveModel {
            code_hash: Set(secret::hash(&code)),
            principal: Set(user.name),
            created_ms: Set(now_ms),
            expires_ms: Set(now_ms + LIFETIME_MS),
            used_ms: Set(None),
        };
        let link = link.insert(self.db()).await.map_err(database_error)?;
        Ok((code, link.expires_ms))
    }

    /// Signs a person in by the code of a link. The code works no second time.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] when the code is unknown, used or too old, [`ErrorKind::TooMany`] after too many tries.
    pub async fn sign_in_by_link(&self, code: &str, address: IpAddr) -> Result<SignedIn> {
        let attempt = self.begin_attempt(None, address)?;
        let now_ms = self.clock.now_ms();
        let code_hash = secret::hash(code);
        // One statement, so that of two people with the same code only one gets in.
        let used = sign_in_link::Entity::update_many()
            .col_expr(sign_in_link::Column::UsedMs, Expr::value(now_ms))
            .filter(sign_in_link::Column::CodeHash.eq(&code_hash))
            .filter(sign_in_link::Column::UsedMs.is_null())
            .filter(sign_in_link::Column::ExpiresMs.gt(now_ms))
            .exec(self.db())
            .await
            .map_err(database_error)?;
        if used.rows_affected != 1 {
            return Err(spent());
        }
        let link = sign_in_link::Entity::find_by_id(code_hash).one(self.db()).await.map_err(database_error)?.ok_or_else(spent)?;
        let user = self.find_user(&link.principal).await?.filter(|user| !user.disabled).ok_or_else(spent)?;
        self.attempt_succeeded(&attempt);
        self.begin_session(&user.name, words::role(&user.role)?, address).await
    }
}

fn spent() -> Error {
    Error::new(ErrorKind::Unauthenticated, "MARU-0341", "The sign-in link was used already, or is older than 15 minutes.")
        .next("Make a new one: `maru sign-in link`.")
}
