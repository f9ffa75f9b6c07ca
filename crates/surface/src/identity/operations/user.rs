//! `user.*`

use crate::identity::{Identity, entity::user, words};
use maru_kernel::{Call, Effect, Operation, Result, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person who may sign in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserView {
    /// What the person signs in with.
    pub name: String,
    /// What the person is allowed in general.
    pub role: Role,
    /// Whether a password is set; without one only a sign-in link lets the person in.
    pub has_password: bool,
    /// Whether the person is kept from signing in.
    pub disabled: bool,
    /// When the user was added.
    #[schemars(extend("format" = "date-time"))]
    pub created: String,
}

impl TryFrom<user::Model> for UserView {
    type Error = maru_kernel::Error;

    fn try_from(user: user::Model) -> Result<Self> {
        Ok(Self {
            role: words::role(&user.role)?,
            name: user.name,
            has_password: user.password_hash.is_some(),
            disabled: user.disabled,
            created: words::moment(user.created_ms),
        })
    }
}

/// Adds a person who may sign in.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct CreateUser {
    /// What the person signs in with: `a-z 0-9 . _ - @ +`.
    pub name: String,
    /// What the person is allowed: `admin` may do anything, `member` may read and change.
    #[arg(long, value_enum, default_value = "member")]
    #[serde(default = "member")]
    pub role: Role,
    /// 12 to 256 characters. Without one, a sign-in link lets the person in.
    #[arg(long, env = "MARU_PASSWORD", hide_env_values = true)]
    #[schemars(extend("writeOnly" = true, "format" = "password"))]
    pub password: Option<String>,
}

fn member() -> Role {
    Role::Member
}

impl Operation for CreateUser {
    const NAME: &'static str = "user.create";
    const EFFECT: Effect = Effect::Destroy;
    const EXAMPLES: &'static [&'static str] = &["user create kim", "user create lee --role admin"];
    type Room = Identity;
    type Output = UserView;

    async fn run(self, identity: &Identity, _call: &Call) -> Result<UserView> {
        identity.create_user(&self.name, self.role, self.password).await?.try_into()
    }
}

/// Lists the people who may sign in.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListUsers {}

/// The people who may sign in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Users {
    /// By name.
    pub users: Vec<UserView>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "user.list";
    const EFFECT: Effect = Effect::Read;
    const IS_DEFAULT_VERB: bool = true;
    const EXAMPLES: &'static [&'static str] = &["user list"];
    type Room = Identity;
    type Output = Users;

    async fn run(self, identity: &Identity, _call: &Call) -> Result<Users> {
        let users = identity.list_users().await?.into_iter().map(UserView::try_from).collect::<Result<_>>()?;
        Ok(Users { users })
    }
}

/// Sets a password, and ends that person's sessions. Your own needs the current one; administrators set anybody's.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct SetPassword {
    /// Whose.
    pub name: String,
    /// The new password: 12 to 256 characters.
    #[arg(long, env = "MARU_PASSWORD", hide_env_values = true)]
    #[schemars(extend("writeOnly" = true, "format" = "password"))]
    pub password: String,
    /// The password until now. Needed for your own, where there is one.
    #[arg(long, env = "MARU_CURRENT_PASSWORD", hide_env_values = true)]
    #[schemars(extend("writeOnly" = true, "format" = "password"))]
    pub current: Option<String>,
}

/// Whose password was set.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PasswordSet {
    /// The user's name.
    pub name: String,
}

impl Operation for SetPassword {
    const NAME: &'static str = "user.set-password";
    const EFFECT: Effect = Effect::Change;
    const EXAMPLES: &'static [&'static str] = &["user set-password admin"];
    type Room = Identity;
    type Output = PasswordSet;

    async fn run(self, identity: &Identity, call: &Call) -> Result<PasswordSet> {
        identity.set_password(call.principal(), &self.name, self.password, self.current).await?;
        Ok(PasswordSet { name: self.name })
    }
}

/// Keeps a person from signing in, ends their sessions and stops their tokens.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct DisableUser {
    /// Whom.
    pub name: String,
}

impl Operation for DisableUser {
    const NAME: &'static str = "user.disable";
    const EFFECT: Effect = Effect::Destroy;
    const EXAMPLES: &'static [&'static str] = &["user disable kim"];
    type Room = Identity;
    type Output = UserView;

    async fn run(self, identity: &Identity, _call: &Call) -> Result<UserView> {
        identity.set_disabled(&self.name, true).await?.try_into()
    }
}

/// Lets a person who was disabled sign in again.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct EnableUser {
    /// Whom.
    pub name: String,
}

impl Operation for EnableUser {
    const NAME: &'static str = "user.enable";
    const EFFECT: Effect = Effect::Destroy;
    const EXAMPLES: &'static [&'static str] = &["user enable kim"];
    type Room = Identity;
    type Output = UserView;

    async fn run(self, identity: &Identity, _call: &Call) -> Result<UserView> {
        identity.set_disabled(&self.name, false).await?.try_into()
    }
}
