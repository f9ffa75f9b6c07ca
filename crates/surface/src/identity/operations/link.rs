//! `sign-in.link`

use crate::identity::{Identity, words};
use maru_kernel::{Call, Effect, Operation, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes a one-time link that signs a person in without a password. It works once, for 15 minutes.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct MakeLink {
    /// Whom it signs in.
    #[arg(default_value = "admin")]
    #[serde(default = "admin")]
    pub name: String,
}

fn admin() -> String {
    crate::identity::users::ADMIN.to_owned()
}

/// A one-time link.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LinkView {
    /// Whom it signs in.
    pub name: String,
    /// The code. Shown this once and kept nowhere.
    pub code: String,
    /// The link, without the console's address in front.
    pub path: String,
    /// When it stops working.
    #[schemars(extend("format" = "date-time"))]
    pub expires: String,
}

impl Operation for MakeLink {
    const NAME: &'static str = "sign-in.link";
    const EFFECT: Effect = Effect::Destroy;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["sign-in link", "sign-in link kim"];
    type Room = Identity;
    type Output = LinkView;

    async fn run(self, identity: &Identity, _call: &Call) -> Result<LinkView> {
        let (code, expires_ms) = identity.make_link(&self.name).await?;
        Ok(LinkView { path: format!("/sign-in#code={code}"), name: self.name, code, expires: words::moment(expires_ms) })
    }
}
