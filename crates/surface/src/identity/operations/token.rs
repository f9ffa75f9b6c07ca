//! `token.*`

use crate::identity::{Identity, entity::api_token, words};
use maru_kernel::{Call, Effect, Operation, Result, Scope, parse_duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An API token, without its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenView {
    /// Names the token; opens nothing.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Whose permission it carries.
    pub owner: String,
    /// How much of that.
    pub scope: Scope,
    /// How it begins.
    pub prefix: String,
    /// When it was created.
    #[schemars(extend("format" = "date-time"))]
    pub created: String,
    /// When it stops working; empty when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub expires: Option<String>,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub last_used: Option<String>,
    /// When it was revoked; empty while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub revoked: Option<String>,
}

impl TryFrom<api_token::Model> for TokenView {
    type Error = maru_kernel::Error;

    fn try_from(token: api_token::Model) -> Result<Self> {
        Ok(Self {
            id: token.id,
            name: token.name,
            owner: token.owner,
            scope: words::scope(&token.scope)?,
            prefix: token.prefix,
            created: words::moment(token.created_ms),
            expires: token.expires_ms.map(words::moment),
            last_used: token.last_used_ms.map(words::moment),
            revoked: token.revoked_ms.map(words::moment),
        })
    }
}

/// Creates a token by which a program calls Maru on your behalf. Its text is shown this once.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct CreateToken {
    /// What to call it, such as the program that will use it.
    pub name: String,
    /// How much of your permission it carries: `ingest` only sends telemetry in, `read` reads, `change` changes too.
    #[arg(long, value_enum, default_value = "read")]
    #[serde(default = "read")]
    pub scope: Scope,
    /// How long it works, such as `90d`; for ever when left out.
    #[arg(long)]
    pub expires: Option<String>,
}

fn read() -> Scope {
    Scope::Read
}

/// A token that was just created.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedToken {
    /// Names the token; opens nothing.
    pub id: String,
    /// The token itself. It is shown this once and kept nowhere.
    pub token: String,
    /// What it is called.
    pub name: String,
    /// How much of its owner's permission it carries.
    pub scope: Scope,
    /// When it stops working; empty when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub expires: Option<String>,
}

impl Operation for CreateToken {
    const NAME: &'static str = "token.create";
    const EFFECT: Effect = Effect::Change;
    const EXAMPLES: &'static [&'static str] = &["token create grafana", "token create prometheus --scope ingest --expires 90d"];
    type Room = Identity;
    type Output = CreatedToken;

    async fn run(self, identity: &Identity, call: &Call) -> Result<CreatedToken> {
        let expires = self.expires.as_deref().map(|text| parse_duration("expires", text)).transpose()?;
        let (token, record) = identity.create_token(call.principal(), &self.name, self.scope, expires).await?;
        Ok(CreatedToken { id: record.id, token, name: record.name, scope: self.scope, expires: record.expires_ms.map(words::moment) })
    }
}

/// Lists your tokens; administrators see everybody's.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListTokens {}

/// API tokens, without their secrets.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tokens {
    /// The newest first.
    pub tokens: Vec<TokenView>,
}

impl Operation for ListTokens {
    const NAME: &'static str = "token.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["token list"];
    type Room = Identity;
    type Output = Tokens;

    async fn run(self, identity: &Identity, call: &Call) -> Result<Tokens> {
        let tokens = identity.list_tokens(call.principal()).await?.into_iter().map(TokenView::try_from).collect::<Result<_>>()?;
        Ok(Tokens { tokens })
    }
}

/// Makes a token stop working at once.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RevokeToken {
    /// The token's `id`, as `token list` shows it.
    pub id: String,
}

impl Operation for RevokeToken {
    const NAME: &'static str = "token.revoke";
    const EFFECT: Effect = Effect::Change;
    const EXAMPLES: &'static [&'static str] = &["token revoke 3f9c2a7be01d4c55"];
    type Room = Identity;
    type Output = TokenView;

    async fn run(self, identity: &Identity, call: &Call) -> Result<TokenView> {
        identity.revoke_token(call.principal(), &self.id).await?.try_into()
    }
}
