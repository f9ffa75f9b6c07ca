//! The records of identity as SeaORM sees them. Times are milliseconds since the Unix epoch.

pub(crate) mod api_token;
pub(crate) mod session;
pub(crate) mod sign_in_link;
pub(crate) mod user;
