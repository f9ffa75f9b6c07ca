//! What Maru's own process costs: `/proc/self`.

use super::emit::Emit;
use super::source::Source;

/// The kernel counts processor time for programs in hundredths of a second, on every machine.
const TICKS_PER_SECOND: f64 = 100.0;
const SERVICE: (&str, &str) = ("service", "maru");

/// Seconds of processor time in user and in system mode, from `/proc/self/stat`.
fn parse_own_stat(text: &str) -> Option<[f64; 2]> {
    // The program's name, in parentheses, may hold anything.
    let (_, after_name) = text.rsplit_once(')')?;
    let mut words = after_name.split_ascii_whitespace().skip(11);
    let mut seconds = || Some(words.next()?.parse::<f64>().ok()? / TICKS_PER_SECOND);
    Some([seconds()?, seconds()?])
}

/// What `/proc/self/status` says.
#[derive(Debug, Default, PartialEq)]
struct Status {
    resident_bytes: Option<f64>,
    threads: Option<f64>,
}

fn parse_own_status(text: &str) -> Status {
    let mut status = Status::default();
    for line in text.lines() {
        let Some((key, rest)) = line.split_once(':') else { continue };
        let number = || rest.split_ascii_whitespace().next()?.parse::<f64>().ok();
        match key {
            "VmRSS" => status.resident_bytes = number().map(|kib| kib * 1024.0),
            "Threads" => status.threads = number(),
            _ => {}
        }
    }
    status
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    if let Some(seconds) = source.read("proc/self/stat").and_then(parse_own_stat) {
        for (state, seconds) in ["user", "system"].into_iter().zip(seconds) {
            emit.counter("process_cpu_time_seconds_total", "seconds", &[SERVICE, ("state", state)], seconds);
        }
    }
    let status = source.read("proc/self/status").map(parse_own_status).unwrap_or_default();
    if let Some(bytes) = status.resident_bytes {
        emit.gauge("process_memory_usage_bytes", "bytes", &[SERVICE], bytes);
    }
    if let Some(threads) = status.threads {
        emit.gauge("process_thread_count", "", &[SERVICE], threads);
    }
    // One of them is the folder being counted.
    if let Some(open) = source.count("proc/self/fd", |_| true) {
        emit.gauge("process_open_file_descriptor_count", "", &[SERVICE], open.saturating_sub(1) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    #[test]
    fn tells_what_maru_costs() {
        let machine = Machine::with(&[
            ("proc/self/stat", "14545 (a (b) c) R 14535 14535 9194 0 -1 4194304 98 0 0 0 250 75 0 0 20 0 1 0 105784 3133440 394\n"),
            ("proc/self/status", "Name:\tmaru\nVmSize:\t    3060 kB\nVmRSS:\t    1688 kB\nThreads:\t12\n"),
            ("proc/self/fd/0", ""),
            ("proc/self/fd/1", ""),
            ("proc/self/fd/2", ""),
        ]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        process_cpu_time_seconds_total {service=maru state=user} 2.5 counter seconds
        process_cpu_time_seconds_total {service=maru state=system} 0.75 counter seconds
        process_memory_usage_bytes {service=maru} 1728512 gauge bytes
        process_thread_count {service=maru} 12 gauge -
        process_open_file_descriptor_count {service=maru} 2 gauge -
        ");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        assert_eq!(parse_own_stat("1 (x) R 1 2"), None);
        assert_eq!(parse_own_status("VmRSS:\nThreads: x\n"), Status::default());
    }
}
