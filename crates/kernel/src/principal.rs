//! Who calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What sort of caller a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A human being.
    Person,
    /// A program with a token of its own.
    Service,
    /// A language model that acts for somebody.
    Agent,
    /// Whoever can read the data folder on the machine itself.
    Local,
}

/// What a principal is allowed in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do anything.
    Admin,
    /// May read and change, not manage who else may.
    Member,
}

/// How much of its owner's permission a credential carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Only send telemetry in.
    Ingest,
    /// Only read.
    Read,
    /// Read and change.
    Change,
    /// Everything that the owner may.
    Admin,
}

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Principal {
    /// Unique name, such as a user's.
    pub name: String,
    /// What sort of caller.
    pub kind: PrincipalKind,
    /// What it is allowed in general.
    pub role: Role,
    /// What this credential carries of that.
    pub scope: Scope,
}

impl Principal {
    /// Whoever can read the data folder: the administrator of the machine.
    #[must_use]
    pub fn local() -> Self {
        Self { name: "local".into(), kind: PrincipalKind::Local, role: Role::Admin, scope: Scope::Admin }
    }
}
