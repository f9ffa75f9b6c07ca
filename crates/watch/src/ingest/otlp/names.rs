//! From OpenTelemetry's names and units to Prometheus'.

/// What decides which suffixes a metric's name gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// A running total: `_total`.
    Total,
    /// A gauge, in which the unit `1` means a ratio.
    Gauge,
    /// Nothing beside the unit.
    Unit,
}

/// A metric's name in Prometheus, and its unit spelled out.
pub(super) fn metric(name: &str, unit: &str, suffix: Suffix) -> (String, Option<String>) {
    let mut metric = clean(name, |character| character == ':');
    if metric.starts_with(|first: char| first.is_ascii_digit()) {
        metric.insert(0, '_');
    }
    if suffix == Suffix::Total
        && let Some(stem) = metric.strip_suffix("_total")
    {
        metric.truncate(stem.len());
    }
    let unit = match (unit.trim(), suffix) {
        ("1", Suffix::Gauge) => Some("ratio".to_owned()),
        ("1", _) => None,
        (unit, _) => spell_out(unit),
    };
    if let Some(unit) = &unit
        && !metric.is_empty()
        && !metric.strip_suffix(unit.as_str()).is_some_and(|stem| stem.is_empty() || stem.ends_with('_'))
    {
        metric.push('_');
        metric.push_str(unit);
    }
    if suffix == Suffix::Total && !metric.is_empty() {
        metric.push_str("_total");
    }
    (metric, unit)
}

/// An attribute's name as a label's.
pub(super) fn label(key: &str) -> String {
    let mut label = String::with_capacity(key.len());
    for character in key.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => label.push(character),
            _ if label.ends_with('_') => {}
            _ => label.push('_'),
        }
    }
    if label.starts_with(|first: char| first.is_ascii_digit()) {
        label.insert_str(0, "key_");
    }
    label
}

/// Replaces each run of characters that Prometheus does not know with one `_`, and leaves none at the ends.
fn clean(name: &str, also: fn(char) -> bool) -> String {
    let mut cleaned = String::with_capacity(name.len() + 16);
    for word in name.split(|character: char| !(character.is_ascii_alphanumeric() || also(character))) {
        if word.is_empty() {
            continue;
        }
        if !cleaned.is_empty() {
            cleaned.push('_');
        }
        cleaned.push_str(word);
    }
    cleaned
}

/// Spells out a UCUM unit: `By/s` is `bytes_per_second`. Annotations in braces say nothing of the unit.
fn spell_out(unit: &str) -> Option<String> {
    let (main, per) = unit.split_once('/').map_or((unit, ""), |(main, per)| (main.trim(), per.trim()));
    let main = if main.contains('{') { String::new() } else { spell_main(main) };
    let per = if per.contains('{') { String::new() } else { spell_per(per) };
    match (main.is_empty(), per.is_empty()) {
        (true, true) => None,
        (false, true) => Some(main),
        (true, false) => Some(format!("per_{per}")),
        (false, false) => Some(format!("{main}_per_{per}")),
    }
}

fn spell_main(unit: &str) -> String {
    let word = match unit {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        // As in `1/s`, which is a rate of nothing in particular.
        "1" => "",
        other => return clean(other, |_| false),
    };
    word.to_owned()
}

fn spell_per(unit: &str) -> String {
    let word = match unit {
        "s" => "second",
        "m" | "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        other => return clean(other, |_| false),
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_units_come_out_as_prometheus_spells_them() {
        let cases = [
            ("http.server.duration", "s", Suffix::Unit),
            ("http.server.requests", "{request}", Suffix::Total),
            ("system.network.io", "By", Suffix::Total),
            ("system.network.io.total", "By", Suffix::Total),
            ("system.filesystem.usage_bytes", "By", Suffix::Gauge),
            ("system.memory.utilization", "1", Suffix::Gauge),
            ("jobs.done", "1", Suffix::Total),
            ("disk.throughput", "MBy/s", Suffix::Gauge),
            ("queue.rate", "{packets}/s", Suffix::Gauge),
            ("tick", "1/s", Suffix::Gauge),
            ("temperature", "Cel", Suffix::Gauge),
            ("load", "%", Suffix::Gauge),
            ("(lambda).function.executions(#)", "", Suffix::Gauge),
            ("2xx.responses", "", Suffix::Total),
            ("megabytes", "bytes", Suffix::Gauge),
            ("온도", "Cel", Suffix::Gauge),
            ("packets", "packets", Suffix::Gauge),
        ]
        .map(|(name, unit, suffix)| format!("{name} [{unit}] {suffix:?} -> {}", metric(name, unit, suffix).0))
        .join("\n");
        insta::assert_snapshot!(cases, @"
        http.server.duration [s] Unit -> http_server_duration_seconds
        http.server.requests [{request}] Total -> http_server_requests_total
        system.network.io [By] Total -> system_network_io_bytes_total
        system.network.io.total [By] Total -> system_network_io_bytes_total
        system.filesystem.usage_bytes [By] Gauge -> system_filesystem_usage_bytes
        system.memory.utilization [1] Gauge -> system_memory_utilization_ratio
        jobs.done [1] Total -> jobs_done_total
        disk.throughput [MBy/s] Gauge -> disk_throughput_megabytes_per_second
        queue.rate [{packets}/s] Gauge -> queue_rate_per_second
        tick [1/s] Gauge -> tick_per_second
        temperature [Cel] Gauge -> temperature_celsius
        load [%] Gauge -> load_percent
        (lambda).function.executions(#) [] Gauge -> lambda_function_executions
        2xx.responses [] Total -> _2xx_responses_total
        megabytes [bytes] Gauge -> megabytes_bytes
        온도 [Cel] Gauge -> 
        packets [packets] Gauge -> packets
        ");
    }

    #[test]
    fn labels_never_reach_the_names_that_prometheus_keeps_for_itself() {
        assert_eq!(label("http.method"), "http_method");
        assert_eq!(label("__name__"), "_name_");
        assert_eq!(label("0day"), "key_0day");
        assert_eq!(label("a..b--c"), "a_b_c");
    }
}
