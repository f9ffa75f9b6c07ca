//! Who may come in: users, passwords, API tokens, sessions and one-time sign-in links.
//!
//! Holds the room [`Identity`] with its operations, its records, and what surfaces ask to turn a credential into a principal. Secrets are
//! kept as hashes only and are shown once, when they are made. Must never know a web framework, write a secret to a log, or decide what a
//! principal may do: that is the gate's part.

mod attempts;
mod entity;
mod links;
mod migration;
mod operations;
mod password;
mod room;
mod secret;
mod sessions;
mod tables;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod words;

pub use migration::migrations;
pub use operations::{
    CreateToken, CreateUser, CreatedToken, DisableUser, EnableUser, LinkView, ListSessions, ListTokens, ListUsers, MakeLink, PasswordSet,
    RevokeSession, RevokeToken, SessionRevoked, SessionView, Sessions, SetPassword, TokenView, Tokens, UserView, Users,
};
pub use room::Identity;
pub(crate) use secret::same;
pub use sessions::{ActiveSession, SignedIn};

use maru_kernel::{Registry, RoomRegistry};
use std::sync::Arc;

/// Adds identity's operations and tables to a registry.
pub fn register(registry: &mut Registry, identity: Arc<Identity>) {
    registry.tables(tables::TABLES);
    operations(registry.room(identity));
}

/// Adds identity's operations and tables to a registry that only describes what there is.
pub fn describe(registry: &mut Registry) {
    registry.tables(tables::TABLES);
    operations(registry.catalogue::<Identity>());
}

fn operations(room: RoomRegistry<'_, Identity>) {
    room.operation::<CreateUser>()
        .operation::<ListUsers>()
        .operation::<SetPassword>()
        .operation::<DisableUser>()
        .operation::<EnableUser>()
        .operation::<CreateToken>()
        .operation::<ListTokens>()
        .operation::<RevokeToken>()
        .operation::<ListSessions>()
        .operation::<RevokeSession>()
        .operation::<MakeLink>()
        .done();
}
