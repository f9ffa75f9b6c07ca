//! Identity's operations: what people and programs can do with users, tokens, sessions and links.

mod link;
mod session;
mod token;
mod user;

pub use link::{LinkView, MakeLink};
pub use session::{ListSessions, RevokeSession, SessionRevoked, SessionView, Sessions};
pub use token::{CreateToken, CreatedToken, ListTokens, RevokeToken, TokenView, Tokens};
pub use user::{CreateUser, DisableUser, EnableUser, ListUsers, PasswordSet, SetPassword, UserView, Users};
