//! Passwords: argon2id, off the async threads, only a few at a time.

use super::secret;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version, password_hash::SaltString};
use maru_kernel::{Error, ErrorKind, Result};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The shortest password, in characters.
const SHORTEST: usize = 12;
/// The longest password, in characters.
const LONGEST: usize = 256;
/// How many passwords are hashed at a time: each takes 19 MiB and one core for as long as it takes.
const AT_A_TIME: usize = 2;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is checked when there is no hash to check, so that an unknown name takes as long as a known one. No password fits it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

impl Passwords {
    /// The hash of a password that is new, or why it will not do.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        accept(&password)?;
        let salt = SaltString::encode_b64(&secret::bytes::<16>()?).map_err(broken)?;
        self.in_turn(move || Ok(argon2()?.hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())).await
    }

    /// Whether `password` is the one that `hash` was made of. Takes the same time when there is no hash.
    pub(crate) async fn fits(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.in_turn(move || {
            let parsed = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(broken)?;
            let short_enough = password.chars().count() <= LONGEST;
            let fits = short_enough && argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(fits && hash.is_some())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn: OwnedSemaphorePermit = turn.ok().and_then(|turn| turn.ok()).ok_or_else(|| {
            Error::new(
                ErrorKind::TooMany { retry_after: Duration::from_secs(2) },
                "MARU-0302",
                "Too many people are signing in at the same moment.",
            )
            .next("Try again in a few seconds.")
        })?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|error| Error::internal("MARU-0303", format!("A password could not be hashed: {error}.")))?
    }
}

/// Refuses a password that is too short or too long.
fn accept(password: &str) -> Result<()> {
    let length = password.chars().count();
    if (SHORTEST..=LONGEST).contains(&length) {
        return Ok(());
    }
    Err(Error::invalid("MARU-0304", "password", format!("A password has {SHORTEST} to {LONGEST} characters; this one has {length}."))
        .next("A few words in a row are easy to remember and hard to guess."))
}

/// The parameters that OWASP recommends: 19 MiB, two passes, one lane.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None)
        .map_err(|error| Error::internal("MARU-0303", format!("A password could not be hashed: {error}.")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken(error: argon2::password_hash::Error) -> Error {
    Error::internal("MARU-0303", format!("A password could not be hashed: {error}."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_fits() {
        let passwords = Passwords::default();
        let hash = passwords.hash("a long walk home".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.fits("a long walk home".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.fits("a long walk away".into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_costs_as_much_as_somebody_and_never_fits() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let (params, ours) = (Params::try_from(&nobody).unwrap(), argon2().unwrap());
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        assert_eq!(cost(&params), cost(ours.params()));
        assert!(!Passwords::default().fits(String::new(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_short_password_is_refused() {
        let error = Passwords::default().hash("hunter2".into()).await.unwrap_err();
        insta::assert_snapshot!(error, @"A password has 12 to 256 characters; this one has 7. [MARU-0304] A few words in a row are easy to remember and hard to guess.");
    }
}
