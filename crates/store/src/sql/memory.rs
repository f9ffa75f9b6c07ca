//! How much memory the whole process takes. What the engine counts itself is not all: some of its steps keep rows uncounted.

use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(50);

/// Answers when the process has grown larger than `bytes`. Never answers where the process cannot see its size.
pub(crate) async fn grown_to(bytes: u64) {
    loop {
        tokio::time::sleep(EVERY).await;
        if resident().is_some_and(|now| now > bytes) {
            return;
        }
    }
}

/// The memory that the process has in use, in bytes.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn growth_is_noticed() {
        let before = resident().unwrap();
        assert!(before > 1 << 20);
        let wait = grown_to(before + (64 << 20));
        tokio::pin!(wait);
        tokio::time::timeout(Duration::from_millis(200), &mut wait).await.unwrap_err();
        let held = vec![1_u8; 128 << 20];
        tokio::time::timeout(Duration::from_secs(10), &mut wait).await.unwrap();
        assert_eq!(held.iter().map(|byte| usize::from(*byte)).sum::<usize>(), 128 << 20);
    }
}
