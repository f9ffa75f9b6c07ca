//! Waiting for conditions, never for time alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep};

/// How long to wait between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks again and again until `look` has something, and returns that.
///
/// # Panics
/// When there is nothing within `longest`. The message says that `what` did not happen.
pub async fn until<T>(what: &str, longest: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + longest;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {longest:?} in vain: {what}");
        sleep(PAUSE).await;
    }
}

/// The time, in milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "a sender stamps samples with the time of day, as real ones do")]
#[must_use]
pub fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock stands after 1970");
    i64::try_from(since_epoch.as_millis()).expect("the clock stands before the year 292 million")
}
