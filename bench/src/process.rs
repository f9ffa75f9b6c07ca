//! What the kernel tells of a process and of a folder. Reads only.

use anyhow::{Context, Result};
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

/// The kernel counts CPU time for programs in hundredths of a second, on every machine.
const TICK: Duration = Duration::from_millis(10);
/// The unit in which the kernel counts what files occupy.
const BLOCK_BYTES: u64 = 512;

/// Resident memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Now.
    pub now: u64,
    /// The most there was.
    pub peak: u64,
}

/// The CPU time of all threads of process `pid`, those that have ended included.
///
/// # Errors
/// When there is no such process.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    cpu_time_in(&stat).with_context(|| format!("/proc/{pid}/stat reads differently: {stat}"))
}

/// The resident memory of process `pid`.
///
/// # Errors
/// When there is no such process.
pub fn resident(pid: u32) -> Result<Resident> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let kibibytes =
        |name: &str| -> Option<u64> { status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok()) };
    let read = || Some(Resident { now: kibibytes("VmRSS:")? << 10, peak: kibibytes("VmHWM:")? << 10 });
    read().with_context(|| format!("process {pid} has ended"))
}

/// What the files below `folder` occupy on disk, in bytes. A file that goes away meanwhile counts nothing.
#[must_use]
pub fn occupied(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let of_entry = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => occupied(&entry.path()),
        Ok(metadata) => metadata.blocks() * BLOCK_BYTES,
        Err(_) => 0,
    };
    entries.flatten().map(of_entry).sum()
}

fn cpu_time_in(stat: &str) -> Option<Duration> {
    // The program's name stands in parentheses and may hold any character. After it come the state and, as the 12th and 13th, the times.
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().skip(11);
    let ticks: u32 = fields.next()?.parse::<u32>().ok()?.checked_add(fields.next()?.parse().ok()?)?;
    Some(TICK * ticks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_of_a_process_are_found_behind_its_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 9 0 100 200 300";
        assert_eq!(cpu_time_in(stat), Some(Duration::from_millis(1_750)));
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let resident = resident(std::process::id()).unwrap();
        assert!(0 < resident.now && resident.now <= resident.peak);
        cpu_time(std::process::id()).unwrap();
    }
}
