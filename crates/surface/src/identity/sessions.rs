//! Sessions: a person in a browser, from signing in to signing out.

use super::{
    entity::session,
    room::{Identity, manages_others, owner},
    secret,
    tokens::SEEN_EVERY_MS,
    words,
};
use jiff::Timestamp;
use maru_kernel::{Error, ErrorKind, Principal, PrincipalKind, Result, Role, Scope};
use maru_store::database_error;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use std::net::IpAddr;

/// How long a session lasts without being used: 12 hours.
const IDLE_MS: i64 = 12 * 3_600_000;
/// How long a session lasts at all: 7 days.
const LIFETIME_MS: i64 = 7 * 24 * 3_600_000;
/// How many sessions one user has at most; the oldest end first.
const PER_USER: u64 = 32;

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct ActiveSession {
    /// Names the session; opens nothing.
    pub id: String,
    /// Who is signed in.
    pub principal: Principal,
    /// What a page of Maru's own sends along, and a page from elsewhere cannot know.
    pub csrf: String,
    /// When it ends at the latest.
    pub expires: Timestamp,
}

/// A session that has just begun.
pub struct SignedIn {
    /// What the cookie holds. Not kept anywhere else.
    pub secret: String,
    /// The session.
    pub session: ActiveSession,
}

impl Identity {
    /// Signs a person in by password. An unknown name fails in the same way, and as slowly, as a wrong password.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] when name and password do not fit, [`ErrorKind::TooMany`] after too many tries.
    pub async fn sign_in(&self, name: &str, password: String, address: IpAddr) -> Result<SignedIn> {
        let attempt = self.begin_attempt(Some(name), address)?;
        let user = self.find_user(name).await?.filter(|user| !user.disabled);
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let fits = self.passwords.fits(password, hash).await?;
        let Some(user) = user.filter(|_| fits) else {
            return Err(Error::new(ErrorKind::Unauthenticated, "MARU-0330", "Name and password do not fit together.")
                .next("An administrator can make a sign-in link: `maru sign-in link NAME`."));
        };
        self.attempt_succeeded(&attempt);
        self.begin_session(&user.name, words::role(&user.role)?, address).await
    }

    /// Begins a session of somebody who has shown who they are.
    pub(super) async fn begin_session(&self, name: &str, role: Role, address: IpAddr) -> Result<SignedIn> {
        let now_ms = self.clock.now_ms();
        self.end_old_sessions(name, now_ms).await?;
        let secret = secret::random()?;
        let record = session::ActiveModel {
            id: Set(secret::id()?),
            secret_hash: Set(secret::hash(&secret)),
            principal: Set(name.to_owned()),
            csrf: Set(secret::random()?),
            address: Set(address.to_canonical().to_string()),
            created_ms: Set(now_ms),
            expires_ms: Set(now_ms + LIFETIME_MS),
            last_seen_ms: Set(now_ms),
        };
        let record = record.insert(self.db()).await.map_err(database_error)?;
        Ok(SignedIn { secret, session: active(record, role) })
    }

    async fn end_old_sessions(&self, name: &str, now_ms: i64) -> Result<()> {
        let over = Condition::any().add(session::Column::ExpiresMs.lte(now_ms)).add(session::Column::LastSeenMs.lte(now_ms - IDLE_MS));
        session::Entity::delete_many().filter(over).exec(self.db()).await.map_err(database_error)?;
        let surplus: Vec<String> = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::Principal.eq(name))
            .order_by_desc(session::Column::CreatedMs)
            .offset(PER_USER - 1)
            .limit(1_000)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(database_error)?;
        if !surplus.is_empty() {
            session::Entity::delete_many().filter(session::Column::Id.is_in(surplus)).exec(self.db()).await.map_err(database_error)?;
        }
        Ok(())
    }

    /// The session that a cookie opens.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] when there is none, or it is over.
    pub async fn session(&self, cookie: &str) -> Result<ActiveSession> {
        if cookie.len() > 128 {
            return Err(no_session());
        }
        let record = self.find_session(cookie).await?.ok_or_else(no_session)?;
        let now_ms = self.clock.now_ms();
        if record.expires_ms <= now_ms || now_ms.saturating_sub(record.last_seen_ms) >= IDLE_MS {
            return Err(no_session());
        }
        let user = self.find_user(&record.principal).await?.filter(|user| !user.disabled).ok_or_else(no_session)?;
        if now_ms.saturating_sub(record.last_seen_ms) >= SEEN_EVERY_MS {
            self.note_seen(&record.id, now_ms).await;
        }
        Ok(active(record, words::role(&user.role)?))
    }

    async fn find_session(&self, cookie: &str) -> Result<Option<session::Model>> {
        let found = session::Entity::find().filter(session::Column::SecretHash.eq(secret::hash(cookie)));
        found.one(self.db()).await.map_err(database_error)
    }

    /// A full disk must not sign anybody out, so a failure is only logged.
    async fn note_seen(&self, id: &str, now_ms: i64) {
        let noted = session::Entity::update_many()
            .col_expr(session::Column::LastSeenMs, Expr::value(now_ms))
            .filter(session::Column::Id.eq(id))
            .exec(self.db())
            .await;
        if let Err(error) = noted {
            tracing::warn!(session = id, %error, "the last use of a session could not be noted");
        }
    }

    /// Ends the session that a cookie opens; does nothing when there is none.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn sign_out(&self, cookie: &str) -> Result<()> {
        let ended = session::Entity::delete_many().filter(session::Column::SecretHash.eq(secret::hash(cookie)));
        ended.exec(self.db()).await.map_err(database_error)?;
        Ok(())
    }

    /// The sessions that `actor` may see: its own, or everybody's.
    pub(super) async fn list_sessions(&self, actor: &Principal) -> Result<Vec<session::Model>> {
        let now_ms = self.clock.now_ms();
        let mut sessions = session::Entity::find()
            .filter(session::Column::ExpiresMs.gt(now_ms))
            .filter(session::Column::LastSeenMs.gt(now_ms - IDLE_MS))
            .order_by_desc(session::Column::LastSeenMs);
        if actor.role != Role::Admin {
            sessions = sessions.filter(session::Column::Principal.eq(owner(actor)));
        }
        sessions.all(self.db()).await.map_err(database_error)
    }

    /// Ends a session by its name.
    pub(super) async fn revoke_session(&self, actor: &Principal, id: &str) -> Result<()> {
        let session = session::Entity::find_by_id(id).one(self.db()).await.map_err(database_error)?;
        let session = session
            .filter(|session| session.principal == owner(actor) || manages_others(actor))
            .ok_or_else(|| Error::not_found("MARU-0332", format!("There is no session `{id}`.")).next("`maru session list` shows them."))?;
        session::Entity::delete_by_id(session.id).exec(self.db()).await.map_err(database_error)?;
        Ok(())
    }
}

fn active(record: session::Model, role: Role) -> ActiveSession {
    ActiveSession {
        id: record.id,
        principal: Principal { name: record.principal, kind: PrincipalKind::Person, role, scope: Scope::Admin },
        csrf: record.csrf,
        expires: words::timestamp(record.expires_ms),
    }
}

fn no_session() -> Error {
    Error::new(ErrorKind::Unauthenticated, "MARU-0331", "Nobody is signed in, or the session is over.").next("Sign in again.")
}
