//! API tokens: made once, shown once, kept as hashes.

use super::{
    entity::api_token,
    room::{Identity, LOCAL, manages_others, owner},
    secret::{self, TOKEN_MARK},
    words,
};
use maru_kernel::{Error, ErrorKind, Principal, PrincipalKind, Result, Role, Scope};
use maru_store::database_error;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};
use std::time::Duration;

/// How exactly the last use is kept, in milliseconds: not every request is worth a write.
pub(super) const SEEN_EVERY_MS: i64 = 60_000;

impl Identity {
    /// A new token of `actor`'s, and the one time that its text is seen.
    pub(super) async fn create_token(
        &self,
        actor: &Principal,
        name: &str,
        scope: Scope,
        expires: Option<Duration>,
    ) -> Result<(String, api_token::Model)> {
        if !(1..=64).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(Error::invalid("MARU-0320", "name", "A token's name has 1 to 64 characters."));
        }
        if scope > actor.scope {
            return Err(Error::new(
                ErrorKind::Denied,
                "MARU-0321",
                format!(
                    "A credential with scope `{}` creates no token with scope `{}`.",
                    words::scope_word(actor.scope),
                    words::scope_word(scope)
                ),
            )
            .next("Choose a smaller scope."));
        }
        let now_ms = self.clock.now_ms();
        let lifetime_ms = expires.map(|expires| i64::try_from(expires.as_millis()).unwrap_or(i64::MAX));
        if lifetime_ms == Some(0) {
            return Err(Error::invalid("MARU-0322", "expires", "A token that expires at once is of no use."));
        }
        let token = format!("{TOKEN_MARK}{}", secret::random()?);
        let record = api_token::ActiveModel {
            id: Set(secret::id()?),
            name: Set(name.to_owned()),
            owner: Set(owner(actor).to_owned()),
            scope: Set(words::scope_word(scope).to_owned()),
            prefix: Set(token.chars().take(TOKEN_MARK.len() + 4).collect()),
            secret_hash: Set(secret::hash(&token)),
            created_ms: Set(now_ms),
            expires_ms: Set(lifetime_ms.map(|lifetime| now_ms.saturating_add(lifetime))),
            last_used_ms: Set(None),
            revoked_ms: Set(None),
        };
        Ok((token, record.insert(self.db()).await.map_err(database_error)?))
    }

    /// The tokens that `actor` may see: its own, or everybody's.
    pub(super) async fn list_tokens(&self, actor: &Principal) -> Result<Vec<api_token::Model>> {
        let mut tokens = api_token::Entity::find().order_by_desc(api_token::Column::CreatedMs);
        if actor.role != Role::Admin {
            tokens = tokens.filter(api_token::Column::Owner.eq(owner(actor)));
        }
        tokens.all(self.db()).await.map_err(database_error)
    }

    /// Makes a token stop working at once.
    pub(super) async fn revoke_token(&self, actor: &Principal, id: &str) -> Result<api_token::Model> {
        let token = api_token::Entity::find_by_id(id).one(self.db()).await.map_err(database_error)?;
        let token = token
            .filter(|token| token.owner == owner(actor) || manages_others(actor))
            .ok_or_else(|| Error::not_found("MARU-0323", format!("There is no token `{id}`.")).next("`maru token list` shows them."))?;
        if token.revoked_ms.is_some() {
            return Ok(token);
        }
        let mut revoked = token.into_active_model();
        revoked.revoked_ms = Set(Some(self.clock.now_ms()));
        revoked.update(self.db()).await.map_err(database_error)
    }

    /// Who calls with an API token.
    ///
    /// # Errors
    /// When the token is unknown, has expired or was revoked, or its owner may no longer come in.
    pub async fn principal_of_token(&self, token: &str) -> Result<Principal> {
        if !token.starts_with(TOKEN_MARK) || token.len() > 128 {
            return Err(unknown_token());
        }
        let found = api_token::Entity::find().filter(api_token::Column::SecretHash.eq(secret::hash(token)));
        let record = found.one(self.db()).await.map_err(database_error)?.ok_or_else(unknown_token)?;
        let now_ms = self.clock.now_ms();
        if record.revoked_ms.is_some() || record.expires_ms.is_some_and(|expires| expires <= now_ms) {
            return Err(unknown_token());
        }
        let role = self.role_of_owner(&record.owner).await?.ok_or_else(unknown_token)?;
        if record.last_used_ms.is_none_or(|used| now_ms.saturating_sub(used) >= SEEN_EVERY_MS) {
            self.note_use(&record.id, now_ms).await;
        }
        Ok(Principal {
            name: format!("{}/{}", record.owner, record.name),
            kind: PrincipalKind::Service,
            role,
            scope: words::scope(&record.scope)?,
        })
    }

    async fn role_of_owner(&self, owner: &str) -> Result<Option<Role>> {
        if owner == LOCAL {
            return Ok(Some(Role::Admin));
        }
        match self.find_user(owner).await? {
            Some(user) if !user.disabled => words::role(&user.role).map(Some),
            _ => Ok(None),
        }
    }

    /// A full disk must not keep anybody from reading, so a failure is only logged.
    async fn note_use(&self, id: &str, now_ms: i64) {
        let stale =
            Condition::any().add(api_token::Column::LastUsedMs.is_null()).add(api_token::Column::LastUsedMs.lte(now_ms - SEEN_EVERY_MS));
        let noted = api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedMs, Expr::value(now_ms))
            .filter(api_token::Column::Id.eq(id))
            .filter(stale)
            .exec(self.db())
            .await;
        if let Err(error) = noted {
            tracing::warn!(token = id, %error, "the last use of a token could not be noted");
        }
    }
}

fn unknown_token() -> Error {
    Error::new(ErrorKind::Unauthenticated, "MARU-0311", "The token is unknown, has expired or was revoked.")
        .next("Create a new one: `maru token create NAME`.")
}
