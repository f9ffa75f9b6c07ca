//! `session.*`

use crate::identity::{Identity, entity::session, words};
use maru_kernel::{Call, Effect, Operation, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A browser in which a person is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionView {
    /// Names the session; opens nothing.
    pub id: String,
    /// Who is signed in.
    pub principal: String,
    /// The IP address from which the person signed in.
    pub address: String,
    /// When the person signed in.
    #[schemars(extend("format" = "date-time"))]
    pub created: String,
    /// When it ends at the latest.
    #[schemars(extend("format" = "date-time"))]
    pub expires: String,
    /// When it was last used, to the minute.
    #[schemars(extend("format" = "date-time"))]
    pub last_seen: String,
}

impl From<session::Model> for SessionView {
    fn from(session: session::Model) -> Self {
        Self {
            id: session.id,
            principal: session.principal,
            address: session.address,
            created: words::moment(session.created_ms),
            expires: words::moment(session.expires_ms),
            last_seen: words::moment(session.last_seen_ms),
        }
    }
}

/// Lists the browsers in which you are signed in; administrators see everybody's.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListSessions {}

/// Browsers in which people are signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sessions {
    /// The latest used first.
    pub sessions: Vec<SessionView>,
}

impl Operation for ListSessions {
    const NAME: &'static str = "session.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["session list"];
    type Room = Identity;
    type Output = Sessions;

    async fn run(self, identity: &Identity, call: &Call) -> Result<Sessions> {
        let sessions = identity.list_sessions(call.principal()).await?.into_iter().map(SessionView::from).collect();
        Ok(Sessions { sessions })
    }
}

/// Signs a browser out.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RevokeSession {
    /// The session's `id`, as `session list` shows it.
    pub id: String,
}

/// Which session was ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionRevoked {
    /// The session's `id`.
    pub id: String,
}

impl Operation for RevokeSession {
    const NAME: &'static str = "session.revoke";
    const EFFECT: Effect = Effect::Change;
    const EXAMPLES: &'static [&'static str] = &["session revoke 3f9c2a7be01d4c55"];
    type Room = Identity;
    type Output = SessionRevoked;

    async fn run(self, identity: &Identity, call: &Call) -> Result<SessionRevoked> {
        identity.revoke_session(call.principal(), &self.id).await?;
        Ok(SessionRevoked { id: self.id })
    }
}
