//! What the processors did since the last look: `/proc/stat`.

use super::emit::Emit;
use super::source::Source;

/// The states of the first line of `/proc/stat`, in its order.
const STATES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "interrupt", "softirq", "steal"];
const IDLE: usize = 3;
const IOWAIT: usize = 4;

/// Ticks that all processors together spent in each state since the machine started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuTimes([u64; STATES.len()]);

/// What `/proc/stat` says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stat {
    pub times: Option<CpuTimes>,
    pub processors: u32,
    pub interrupts: Option<u64>,
    pub context_switches: Option<u64>,
    pub processes_created: Option<u64>,
    pub running: Option<u64>,
    pub blocked: Option<u64>,
}

pub(super) fn parse_stat(text: &str) -> Stat {
    let mut stat = Stat::default();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(key) = words.next() else { continue };
        let mut number = || words.next().and_then(|word| word.parse().ok());
        match key {
            "cpu" => stat.times = Some(CpuTimes(std::array::from_fn(|_| number().unwrap_or(0)))),
            "intr" => stat.interrupts = number(),
            "ctxt" => stat.context_switches = number(),
            "processes" => stat.processes_created = number(),
            "procs_running" => stat.running = number(),
            "procs_blocked" => stat.blocked = number(),
            _ if key.starts_with("cpu") => stat.processors += 1,
            _ => {}
        }
    }
    stat
}

impl CpuTimes {
    /// The part of the time since `before` in each state; none when no time has passed.
    fn ratios_since(&self, before: &Self) -> Option<[f64; STATES.len()]> {
        // The kernel's idle times can step back a little.
        let spent: [u64; STATES.len()] = std::array::from_fn(|state| self.0[state].saturating_sub(before.0[state]));
        let total = spent.iter().fold(0_u64, |total, ticks| total.saturating_add(*ticks));
        (total > 0).then(|| spent.map(|ticks| ticks as f64 / total as f64))
    }
}

pub(super) fn collect(source: &mut Source, before: &mut Option<CpuTimes>, emit: &mut Emit<'_>) {
    let Some(text) = source.read("proc/stat") else { return };
    let stat = parse_stat(text);
    let last = std::mem::replace(before, stat.times);
    if let Some(ratios) = stat.times.zip(last).and_then(|(now, last)| now.ratios_since(&last)) {
        for (state, ratio) in STATES.into_iter().zip(ratios) {
            emit.gauge("system_cpu_utilization_ratio", "ratio", &[("state", state)], ratio);
        }
        let busy = (1.0 - ratios[IDLE] - ratios[IOWAIT]).clamp(0.0, 1.0);
        emit.gauge("system_cpu_busy_ratio", "ratio", &[], busy);
    }
    if stat.processors > 0 {
        emit.gauge("system_cpu_logical_count", "", &[], f64::from(stat.processors));
    }
    let states = [("running", stat.running), ("blocked", stat.blocked)];
    for (state, number) in states {
        if let Some(number) = number {
            emit.gauge("system_process_state_count", "", &[("state", state)], number as f64);
        }
    }
    let totals = [
        ("system_interrupts_total", stat.interrupts),
        ("system_context_switches_total", stat.context_switches),
        ("system_processes_created_total", stat.processes_created),
    ];
    for (name, total) in totals {
        if let Some(total) = total {
            emit.counter(name, "", &[], total as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Collected, Machine};
    use super::*;

    const BEFORE: &str = "\
cpu  100 10 50 800 20 5 5 10 7 0
cpu0 50 5 25 400 10 2 3 5 7 0
cpu1 50 5 25 400 10 3 2 5 0 0
intr 1358821 0 0 14
ctxt 1830513
btime 1795429163
processes 30394
procs_running 7
procs_blocked 1
softirq 622128 0 103119
";

    #[test]
    fn tells_how_the_time_was_spent() {
        let machine = Machine::with(&[("proc/stat", BEFORE)]);
        let mut before = None;
        machine.collect(|source, emit| collect(source, &mut before, emit));
        machine.write("proc/stat", "cpu  140 10 60 840 25 5 5 10 7 0\ncpu0 1 1 1 1\n");
        let told: Collected = machine.collect(|source, emit| collect(source, &mut before, emit));
        insta::assert_snapshot!(told.text(), @r"
        system_cpu_utilization_ratio {state=user} 0.42105263157894735 gauge ratio
        system_cpu_utilization_ratio {state=nice} 0 gauge ratio
        system_cpu_utilization_ratio {state=system} 0.10526315789473684 gauge ratio
        system_cpu_utilization_ratio {state=idle} 0.42105263157894735 gauge ratio
        system_cpu_utilization_ratio {state=iowait} 0.05263157894736842 gauge ratio
        system_cpu_utilization_ratio {state=interrupt} 0 gauge ratio
        system_cpu_utilization_ratio {state=softirq} 0 gauge ratio
        system_cpu_utilization_ratio {state=steal} 0 gauge ratio
        system_cpu_busy_ratio {} 0.5263157894736843 gauge ratio
        system_cpu_logical_count {} 1 gauge -
        ");
    }

    #[test]
    fn tells_what_needs_no_second_look() {
        let machine = Machine::with(&[("proc/stat", BEFORE)]);
        let told = machine.collect(|source, emit| collect(source, &mut None, emit));
        insta::assert_snapshot!(told.text(), @r"
        system_cpu_logical_count {} 2 gauge -
        system_process_state_count {state=running} 7 gauge -
        system_process_state_count {state=blocked} 1 gauge -
        system_interrupts_total {} 1358821 counter -
        system_context_switches_total {} 1830513 counter -
        system_processes_created_total {} 30394 counter -
        ");
    }

    #[test]
    fn idle_time_that_steps_back_is_no_negative_part() {
        let before = CpuTimes([0, 0, 0, 100, 0, 0, 0, 0]);
        let now = CpuTimes([10, 0, 0, 99, 0, 0, 0, 0]);
        assert_eq!(now.ratios_since(&before), Some([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!(before.ratios_since(&before), None);
    }
}
