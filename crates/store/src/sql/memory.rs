//! How much memory the whole process takes. What the engine counts itself is not all: some of its steps keep rows uncounted.

use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(50);

/// Answers when the process has grown by more than `bytes` since the first look. Never answers where the process cannot see its size.
pub(crate) async fn grown_by(bytes: u64) {
    let before = resident();
    loop {
        tokio::time::sleep(EVERY).await;
        if let (Some(before), Some(now)) = (before, resident())
            && now > before.saturating_add(bytes)
        {
            return;
        }
    }
}

/// The memory that the process has in use, in bytes.
fn resident() -> Option<u64> {
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
        assert!(resident().unwrap() > 1 << 20);
        let wait = grown_by(64 << 20);
        tokio::pin!(wait);
        tokio::time::timeout(Duration::from_millis(200), &mut wait).await.unwrap_err();
        let held = vec![1_u8; 128 << 20];
        tokio::time::timeout(Duration::from_secs(10), &mut wait).await.unwrap();
        assert_eq!(held.iter().map(|byte| usize::from(*byte)).sum::<usize>(), 128 << 20);
    }
}
