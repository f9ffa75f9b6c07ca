//! The room itself: what all of identity shares.

use super::{
    attempts::{ACCOUNT, ADDRESS, Attempts},
    password::Passwords,
};
use maru_kernel::{Clock, Error, ErrorKind, Principal, Result, Role, Scope};
use maru_store::State;
use sea_orm::DatabaseConnection;
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The name that stands for whoever can read the data folder. No user can have it.
pub(super) const LOCAL: &str = "local";

/// Who may come in: users, passwords, API tokens, sessions and sign-in links.
pub struct Identity {
    state: Arc<State>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) passwords: Passwords,
    attempts: Mutex<Attempts>,
}

impl Identity {
    /// Identity whose records are kept in `state`, where [`super::migrations`] have run.
    #[must_use]
    pub fn new(state: Arc<State>, clock: Arc<dyn Clock>) -> Self {
        Self { state, clock, passwords: Passwords::default(), attempts: Mutex::default() }
    }

    pub(super) fn db(&self) -> &DatabaseConnection {
        self.state.db()
    }

    /// Counts a try to get into `account` from `address`, or refuses it.
    pub(super) fn begin_attempt(&self, account: Option<&str>, address: IpAddr) -> Result<Attempt> {
        let now_ms = self.clock.now_ms();
        let attempt = Attempt { account: account.map(account_key), address: address_key(address) };
        let mut attempts = self.attempts();
        attempts.begin(&attempt.address, ADDRESS, now_ms).map_err(too_many)?;
        if let Some(account) = &attempt.account
            && let Err(wait) = attempts.begin(account, ACCOUNT, now_ms)
        {
            attempts.refund(&attempt.address);
            return Err(too_many(wait));
        }
        Ok(attempt)
    }

    /// Counts a try of somebody who is signed in already, such as to change a password.
    pub(super) fn begin_own_attempt(&self, account: &str) -> Result<()> {
        self.attempts().begin(&account_key(account), ACCOUNT, self.clock.now_ms()).map_err(too_many)
    }

    /// Notes that a try was a success.
    pub(super) fn attempt_succeeded(&self, attempt: &Attempt) {
        let mut attempts = self.attempts();
        attempts.refund(&attempt.address);
        if let Some(account) = &attempt.account {
            attempts.forget(account);
        }
    }

    /// Notes that a try of somebody who is signed in already was a success.
    pub(super) fn own_attempt_succeeded(&self, account: &str) {
        self.attempts().forget(&account_key(account));
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A try to get in that is counted.
pub(super) struct Attempt {
    account: Option<String>,
    address: String,
}

/// Names are compared in lower case, and only their beginning is kept: memory stays bounded.
fn account_key(name: &str) -> String {
    format!("account {}", name.chars().take(64).collect::<String>().to_lowercase())
}

/// Whoever has an IPv6 address has 2^64 of them.
fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address {address}"),
        IpAddr::V6(address) => format!("network {:x}", u128::from(address) >> 64),
    }
}

fn too_many(wait: Duration) -> Error {
    let seconds = wait.as_millis().div_ceil(1_000);
    Error::new(ErrorKind::TooMany { retry_after: wait }, "MARU-0310", "Too many failed tries to sign in.")
        .next(format!("Try again in {seconds} s."))
}

/// The user on whose behalf a principal acts: a token is named `owner/token`.
pub(super) fn owner(principal: &Principal) -> &str {
    principal.name.split_once('/').map_or(principal.name.as_str(), |(owner, _)| owner)
}

/// Whether a principal manages others.
pub(super) fn manages_others(principal: &Principal) -> bool {
    principal.role == Role::Admin && principal.scope == Scope::Admin
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_network_counts_as_one_address() {
        assert_eq!(address_key("2001:db8::1".parse().unwrap()), address_key("2001:db8::2".parse().unwrap()));
        assert_eq!(address_key("::ffff:10.0.0.1".parse().unwrap()), address_key("10.0.0.1".parse().unwrap()));
        assert_ne!(address_key("10.0.0.1".parse().unwrap()), address_key("10.0.0.2".parse().unwrap()));
    }
}
