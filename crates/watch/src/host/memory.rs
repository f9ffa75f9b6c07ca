//! Memory and swap: `/proc/meminfo`, `/proc/vmstat`.

use super::emit::Emit;
use super::source::Source;

/// What `/proc/meminfo` says, in bytes.
#[derive(Debug, Default, PartialEq)]
struct MemInfo {
    total: f64,
    free: f64,
    available: Option<f64>,
    buffers: f64,
    cached: f64,
    reclaimable: f64,
    swap_total: f64,
    swap_free: f64,
}

/// What `/proc/vmstat` says of traffic with the disk.
#[derive(Debug, Default, PartialEq)]
struct Paging {
    swapped_in: Option<f64>,
    swapped_out: Option<f64>,
    major_faults: Option<f64>,
}

fn parse_meminfo(text: &str) -> Option<MemInfo> {
    let mut info = MemInfo::default();
    for line in text.lines() {
        let Some((key, rest)) = line.split_once(':') else { continue };
        let Some(bytes) = rest.split_ascii_whitespace().next().and_then(|word| word.parse::<f64>().ok()).map(|kib| kib * 1024.0) else {
            continue;
        };
        match key {
            "MemTotal" => info.total = bytes,
            "MemFree" => info.free = bytes,
            "MemAvailable" => info.available = Some(bytes),
            "Buffers" => info.buffers = bytes,
            "Cached" => info.cached = bytes,
            "SReclaimable" => info.reclaimable = bytes,
            "SwapTotal" => info.swap_total = bytes,
            "SwapFree" => info.swap_free = bytes,
            _ => {}
        }
    }
    (info.total > 0.0).then_some(info)
}

fn parse_vmstat(text: &str) -> Paging {
    let mut paging = Paging::default();
    for line in text.lines() {
        let Some((key, number)) = line.split_once(' ') else { continue };
        let place = match key {
            "pswpin" => &mut paging.swapped_in,
            "pswpout" => &mut paging.swapped_out,
            "pgmajfault" => &mut paging.major_faults,
            _ => continue,
        };
        *place = number.trim().parse().ok();
    }
    paging
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    if let Some(info) = source.read("proc/meminfo").and_then(parse_meminfo) {
        memory(&info, emit);
        swap(&info, emit);
    }
    let paging = source.read("proc/vmstat").map(parse_vmstat).unwrap_or_default();
    for (direction, pages) in [("in", paging.swapped_in), ("out", paging.swapped_out)] {
        if let Some(pages) = pages {
            emit.counter("system_paging_operations_total", "", &[("direction", direction)], pages);
        }
    }
    if let Some(faults) = paging.major_faults {
        emit.counter("system_paging_faults_total", "", &[("type", "major")], faults);
    }
}

fn memory(info: &MemInfo, emit: &mut Emit<'_>) {
    let cached = info.cached + info.reclaimable;
    // Before Linux 3.14 the kernel did not say what is available.
    let available = info.available.unwrap_or(info.free + info.buffers + cached).min(info.total);
    let used = info.total - available;
    for (state, bytes) in [("used", used), ("free", info.free), ("buffers", info.buffers), ("cached", cached)] {
        emit.gauge("system_memory_usage_bytes", "bytes", &[("state", state)], bytes);
    }
    emit.gauge("system_memory_limit_bytes", "bytes", &[], info.total);
    emit.gauge("system_memory_available_bytes", "bytes", &[], available);
    emit.gauge("system_memory_utilization_ratio", "ratio", &[], used / info.total);
}

fn swap(info: &MemInfo, emit: &mut Emit<'_>) {
    if info.swap_total <= 0.0 {
        return;
    }
    let used = (info.swap_total - info.swap_free).max(0.0);
    for (state, bytes) in [("used", used), ("free", info.swap_free)] {
        emit.gauge("system_paging_usage_bytes", "bytes", &[("state", state)], bytes);
    }
    emit.gauge("system_paging_utilization_ratio", "ratio", &[], used / info.swap_total);
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    #[test]
    fn tells_memory_and_swap() {
        let machine = Machine::with(&[
            (
                "proc/meminfo",
                "MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\nCached: 300 kB\nSReclaimable: 50 kB\n\
                 SwapTotal: 400 kB\nSwapFree: 300 kB\nHugePages_Total: 0\n",
            ),
            ("proc/vmstat", "nr_free_pages 51\npgmajfault 5243\npswpin 7\npswpout 9\n"),
        ]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        system_memory_usage_bytes {state=used} 409600 gauge bytes
        system_memory_usage_bytes {state=free} 204800 gauge bytes
        system_memory_usage_bytes {state=buffers} 51200 gauge bytes
        system_memory_usage_bytes {state=cached} 358400 gauge bytes
        system_memory_limit_bytes {} 1024000 gauge bytes
        system_memory_available_bytes {} 614400 gauge bytes
        system_memory_utilization_ratio {} 0.4 gauge ratio
        system_paging_usage_bytes {state=used} 102400 gauge bytes
        system_paging_usage_bytes {state=free} 307200 gauge bytes
        system_paging_utilization_ratio {} 0.25 gauge ratio
        system_paging_operations_total {direction=in} 7 counter -
        system_paging_operations_total {direction=out} 9 counter -
        system_paging_faults_total {type=major} 5243 counter -
        ");
    }

    #[test]
    fn a_machine_without_swap_tells_none_of_it() {
        let machine =
            Machine::with(&[("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 200 kB\nCached: 300 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        system_memory_usage_bytes {state=used} 512000 gauge bytes
        system_memory_usage_bytes {state=free} 204800 gauge bytes
        system_memory_usage_bytes {state=buffers} 0 gauge bytes
        system_memory_usage_bytes {state=cached} 307200 gauge bytes
        system_memory_limit_bytes {} 1024000 gauge bytes
        system_memory_available_bytes {} 512000 gauge bytes
        system_memory_utilization_ratio {} 0.5 gauge ratio
        ");
    }

    #[test]
    fn a_text_of_something_else_is_no_memory() {
        assert_eq!(parse_meminfo("MemTotal: many kB\n"), None);
        assert_eq!(parse_vmstat("pswpin\npswpout x\n"), Paging::default());
    }
}
