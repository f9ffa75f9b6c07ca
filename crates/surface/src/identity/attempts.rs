//! Slows down whoever guesses passwords. A pure core: time comes in as an argument, memory is bounded.

use std::{collections::HashMap, time::Duration};

/// How long a key is remembered after its last try, in milliseconds.
const MEMORY_MS: i64 = 3_600_000;
/// How many keys are remembered.
const CAPACITY: usize = 10_000;

/// How fast tries of one key are slowed down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How many tries cost nothing.
    pub(crate) free: u32,
    /// The longest wait between tries; reached by doubling from one second.
    pub(crate) longest: Duration,
}

/// For one account. Short at the longest, so that nobody can lock somebody else out for good.
pub(crate) const ACCOUNT: Patience = Patience { free: 5, longest: Duration::from_secs(60) };
/// For one address. More tries are free, since many people can share an address.
pub(crate) const ADDRESS: Patience = Patience { free: 20, longest: Duration::from_secs(900) };

#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    failed: u32,
    last_ms: i64,
    blocked_until_ms: i64,
}

/// Tries that failed lately, by key.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    by_key: HashMap<String, Tries>,
}

impl Attempts {
    /// Counts a try as failed before it is made, so that tries made at the same moment are all counted; or says how long to wait.
    pub(crate) fn begin(&mut self, key: &str, patience: Patience, now_ms: i64) -> Result<(), Duration> {
        let mut tries = self.by_key.get(key).copied().unwrap_or_default();
        if now_ms.saturating_sub(tries.last_ms) > MEMORY_MS {
            tries = Tries::default();
        }
        if let Ok(wait @ 1..) = u64::try_from(tries.blocked_until_ms.saturating_sub(now_ms)) {
            return Err(Duration::from_millis(wait));
        }
        tries.failed = tries.failed.saturating_add(1);
        tries.last_ms = now_ms;
        tries.blocked_until_ms = now_ms.saturating_add(wait_ms(tries.failed, patience));
        if !self.by_key.contains_key(key) {
            self.make_room(now_ms);
        }
        self.by_key.insert(key.to_owned(), tries);
        Ok(())
    }

    /// Forgets the tries of a key: its owner got in.
    pub(crate) fn forget(&mut self, key: &str) {
        self.by_key.remove(key);
    }

    /// Takes back the one try that succeeded, and leaves those that failed.
    pub(crate) fn refund(&mut self, key: &str) {
        if let Some(tries) = self.by_key.get_mut(key) {
            tries.failed = tries.failed.saturating_sub(1);
            tries.blocked_until_ms = 0;
        }
    }

    fn make_room(&mut self, now_ms: i64) {
        if self.by_key.len() < CAPACITY {
            return;
        }
        self.by_key.retain(|_, tries| now_ms.saturating_sub(tries.last_ms) <= MEMORY_MS);
        if self.by_key.len() >= CAPACITY
            && let Some(oldest) = self.by_key.iter().min_by_key(|(_, tries)| tries.last_ms).map(|(key, _)| key.clone())
        {
            self.by_key.remove(&oldest);
        }
    }
}

fn wait_ms(failed: u32, patience: Patience) -> i64 {
    let Some(doublings) = failed.checked_sub(patience.free) else {
        return 0;
    };
    let seconds = 1u64.checked_shl(doublings).unwrap_or(u64::MAX).min(patience.longest.as_secs());
    i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn waits_double_after_the_free_tries() {
        let mut attempts = Attempts::default();
        let mut now = NOW;
        let mut waits = Vec::new();
        for _ in 0..14 {
            attempts.begin("kim", ACCOUNT, now).unwrap();
            let wait = attempts.begin("kim", ACCOUNT, now).err();
            if wait.is_none() {
                waits.push(0);
                continue;
            }
            waits.push(wait.unwrap().as_secs());
            now += i64::try_from(wait.unwrap().as_millis()).unwrap();
        }
        insta::assert_snapshot!(format!("{waits:?}"), @"[0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]");
    }

    #[test]
    fn getting_in_clears_the_account_and_leaves_the_address() {
        let mut attempts = Attempts::default();
        for _ in 0..ACCOUNT.free {
            attempts.begin("kim", ACCOUNT, NOW).unwrap();
        }
        assert!(attempts.begin("kim", ACCOUNT, NOW).is_err());
        attempts.forget("kim");
        attempts.begin("kim", ACCOUNT, NOW).unwrap();

        for _ in 0..ADDRESS.free - 1 {
            attempts.begin("::1", ADDRESS, NOW).unwrap();
        }
        attempts.refund("::1");
        attempts.begin("::1", ADDRESS, NOW).unwrap();
        attempts.begin("::1", ADDRESS, NOW).unwrap();
        assert!(attempts.begin("::1", ADDRESS, NOW).is_err());
    }

    #[test]
    fn an_hour_later_all_is_forgotten() {
        let mut attempts = Attempts::default();
        while attempts.begin("kim", ACCOUNT, NOW).is_ok() {}
        assert!(attempts.begin("kim", ACCOUNT, NOW + MEMORY_MS + 1).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let mut attempts = Attempts::default();
        for n in 0..CAPACITY + 100 {
            attempts.begin(&n.to_string(), ACCOUNT, NOW).unwrap();
        }
        assert_eq!(attempts.by_key.len(), CAPACITY);
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_the_longest(failed in any::<u32>()) {
            prop_assert!(wait_ms(failed, ADDRESS) <= 900_000);
        }
    }
}
