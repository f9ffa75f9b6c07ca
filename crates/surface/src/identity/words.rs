//! Roles, scopes and moments as they are written in records.

use jiff::Timestamp;
use maru_kernel::{Error, Result, Role, Scope};

/// The word for a role.
pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

/// The role that a word means.
pub(super) fn role(word: &str) -> Result<Role> {
    match word {
        "admin" => Ok(Role::Admin),
        "member" => Ok(Role::Member),
        _ => Err(Error::internal("MARU-0305", format!("A record holds the unknown role `{word}`."))),
    }
}

/// The word for a scope.
pub(super) fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Ingest => "ingest",
        Scope::Read => "read",
        Scope::Change => "change",
        Scope::Admin => "admin",
    }
}

/// The scope that a word means.
pub(super) fn scope(word: &str) -> Result<Scope> {
    match word {
        "ingest" => Ok(Scope::Ingest),
        "read" => Ok(Scope::Read),
        "change" => Ok(Scope::Change),
        "admin" => Ok(Scope::Admin),
        _ => Err(Error::internal("MARU-0305", format!("A record holds the unknown scope `{word}`."))),
    }
}

/// A moment in RFC 3339, from milliseconds since the Unix epoch.
pub(super) fn moment(ms: i64) -> String {
    timestamp(ms).to_string()
}

/// A moment, from milliseconds since the Unix epoch.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
