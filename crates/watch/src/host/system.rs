//! Load, uptime, processes, threads and open files of the whole machine.

use super::emit::Emit;
use super::source::Source;

/// What `/proc/loadavg` says.
#[derive(Debug, PartialEq)]
struct LoadAverage {
    /// Over 1, 5 and 15 minutes.
    load: [f64; 3],
    threads: Option<f64>,
}

/// What `/proc/sys/fs/file-nr` says.
#[derive(Debug, PartialEq)]
struct FileHandles {
    used: f64,
    limit: f64,
}

fn parse_loadavg(text: &str) -> Option<LoadAverage> {
    let mut words = text.split_ascii_whitespace();
    let mut load = [0.0; 3];
    for average in &mut load {
        *average = words.next()?.parse().ok()?;
    }
    let threads = words.next().and_then(|word| word.split_once('/')?.1.parse().ok());
    Some(LoadAverage { load, threads })
}

fn parse_file_nr(text: &str) -> Option<FileHandles> {
    let mut numbers = text.split_ascii_whitespace().map_while(|word| word.parse::<f64>().ok());
    let (allocated, free, limit) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some(FileHandles { used: (allocated - free).max(0.0), limit })
}

fn parse_uptime(text: &str) -> Option<f64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    if let Some(LoadAverage { load, threads }) = source.read("proc/loadavg").and_then(parse_loadavg) {
        let names = ["system_cpu_load_average_1m", "system_cpu_load_average_5m", "system_cpu_load_average_15m"];
        for (name, average) in names.into_iter().zip(load) {
            emit.gauge(name, "", &[], average);
        }
        if let Some(threads) = threads {
            emit.gauge("system_thread_count", "", &[], threads);
        }
    }
    let processes = source.count("proc", |name| name.first().is_some_and(u8::is_ascii_digit));
    if let Some(processes) = processes.filter(|processes| *processes > 0) {
        emit.gauge("system_process_count", "", &[], processes as f64);
    }
    if let Some(uptime) = source.read("proc/uptime").and_then(parse_uptime) {
        // Grows by a second a second, so it is its rate that has a band; a restart shows as a reset.
        emit.counter("system_uptime_seconds", "seconds", &[], uptime);
    }
    if let Some(files) = source.read("proc/sys/fs/file-nr").and_then(parse_file_nr) {
        emit.gauge("system_file_handle_usage", "", &[], files.used);
        // Most kernels of today set no limit, which they write as the greatest number there is.
        if files.limit < 1e15 && files.limit > 0.0 {
            emit.gauge("system_file_handle_utilization_ratio", "ratio", &[], files.used / files.limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    #[test]
    fn tells_load_processes_and_files() {
        let machine = Machine::with(&[
            ("proc/loadavg", "4.30 3.49 2.54 5/139 30389\n"),
            ("proc/uptime", "2219.71 1261.71\n"),
            ("proc/sys/fs/file-nr", "1500\t500\t4000\n"),
            ("proc/1/comm", "init"),
            ("proc/77/comm", "maru"),
        ]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        system_cpu_load_average_1m {} 4.3 gauge -
        system_cpu_load_average_5m {} 3.49 gauge -
        system_cpu_load_average_15m {} 2.54 gauge -
        system_thread_count {} 139 gauge -
        system_process_count {} 2 gauge -
        system_uptime_seconds {} 2219.71 counter seconds
        system_file_handle_usage {} 1000 gauge -
        system_file_handle_utilization_ratio {} 0.25 gauge ratio
        ");
    }

    #[test]
    fn no_limit_of_files_is_no_ratio() {
        let machine = Machine::with(&[("proc/sys/fs/file-nr", "1344\t0\t9223372036854775807\n")]);
        insta::assert_snapshot!(machine.collect(collect).text(), @"system_file_handle_usage {} 1344 gauge -");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        assert_eq!(parse_loadavg("0.1 0.2"), None);
        assert_eq!(parse_loadavg("1 2 3 x"), Some(LoadAverage { load: [1.0, 2.0, 3.0], threads: None }));
        assert_eq!(parse_file_nr("many"), None);
        assert_eq!(parse_uptime(""), None);
    }
}
