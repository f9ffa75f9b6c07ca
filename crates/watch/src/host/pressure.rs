//! Time lost waiting for processors, memory and disks: `/proc/pressure`.

use super::emit::Emit;
use super::source::Source;

/// Microseconds since the machine started in which some, or all, of what wanted to run had to wait.
#[derive(Debug, Default, PartialEq)]
struct Pressure {
    some: Option<f64>,
    full: Option<f64>,
}

fn parse_pressure(text: &str) -> Pressure {
    let mut pressure = Pressure::default();
    for line in text.lines() {
        let total = line.split_ascii_whitespace().find_map(|word| word.strip_prefix("total=")?.parse().ok());
        match line.split_ascii_whitespace().next() {
            Some("some") => pressure.some = total,
            Some("full") => pressure.full = total,
            _ => {}
        }
    }
    pressure
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    for resource in ["cpu", "memory", "io"] {
        let Some(pressure) = source.read(format!("proc/pressure/{resource}")).map(parse_pressure) else { continue };
        // That all wait for a processor cannot happen to a whole machine: the kernel writes zeros there.
        let full = pressure.full.filter(|_| resource != "cpu");
        for (stalled, microseconds) in [("some", pressure.some), ("full", full)] {
            if let Some(microseconds) = microseconds {
                let labels = [("resource", resource), ("stalled", stalled)];
                emit.counter("system_pressure_stall_time_seconds_total", "seconds", &labels, microseconds / 1e6);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    #[test]
    fn tells_who_had_to_wait() {
        let machine = Machine::with(&[
            (
                "proc/pressure/cpu",
                "some avg10=88.58 avg60=84.47 avg300=55.25 total=498289971\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
            ),
            (
                "proc/pressure/io",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n",
            ),
        ]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        system_pressure_stall_time_seconds_total {resource=cpu stalled=some} 498.289971 counter seconds
        system_pressure_stall_time_seconds_total {resource=io stalled=some} 2.5 counter seconds
        system_pressure_stall_time_seconds_total {resource=io stalled=full} 1 counter seconds
        ");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        assert_eq!(parse_pressure("some total=x\nnone total=1\n"), Pressure::default());
    }
}
