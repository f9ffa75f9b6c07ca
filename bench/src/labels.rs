//! What the generated series are called and what kind of number each holds: a fleet of instances of ten jobs, each with the same hundred
//! series. Pure.

/// How many series an instance has.
pub const PER_INSTANCE: usize = FAMILIES.len() * VARIANTS;
/// How many series of a family an instance has, told apart by one label.
const VARIANTS: usize = 5;
/// How many jobs there are; instances belong to them by turns.
pub const JOBS: [(&str, &str); 10] = [
    ("cart", "shop"),
    ("catalog", "shop"),
    ("checkout", "shop"),
    ("gateway", "edge"),
    ("identity", "platform"),
    ("inventory", "shop"),
    ("mailer", "platform"),
    ("payments", "money"),
    ("search", "shop"),
    ("shipping", "logistics"),
];

/// How the values of a family come about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A counter of things: whole numbers; so many a second.
    Count(f64),
    /// A counter of seconds, in hundredths; so many a second.
    Seconds(f64),
    /// A gauge of bytes, in pages, around so many.
    Bytes(f64),
    /// A gauge of whole numbers around so many.
    Whole(f64),
    /// A gauge from 0 to 1, in ten-thousandths.
    Ratio,
    /// A gauge with all its digits, around so many.
    Digits(f64),
    /// Always the same.
    Fixed(f64),
}

struct Family {
    name: &'static str,
    label: &'static str,
    variants: [&'static str; VARIANTS],
    shape: Shape,
}

const CODES: [&str; VARIANTS] = ["200", "201", "404", "500", "503"];
const DEVICES: [&str; VARIANTS] = ["eth0", "eth1", "eth2", "lo", "wg0"];
const MODES: [&str; VARIANTS] = ["idle", "iowait", "steal", "system", "user"];
const TOPICS: [&str; VARIANTS] = ["events", "invoices", "mails", "orders", "parcels"];
const PATHS: [&str; VARIANTS] = ["/", "/api/cart", "/api/login", "/api/orders", "/api/search"];
const POOLS: [&str; VARIANTS] = ["background", "cache", "database", "requests", "workers"];
const AREAS: [&str; VARIANTS] = ["cache", "code", "heap", "shared", "stack"];

const fn family(name: &'static str, label: &'static str, variants: [&'static str; VARIANTS], shape: Shape) -> Family {
    Family { name, label, variants, shape }
}

const FAMILIES: [Family; 20] = [
    family("http_requests_total", "code", CODES, Shape::Count(40.0)),
    family("http_response_bytes_total", "code", CODES, Shape::Count(250_000.0)),
    family("grpc_requests_total", "code", CODES, Shape::Count(12.0)),
    family("http_request_duration_seconds_sum", "path", PATHS, Shape::Seconds(1.5)),
    family("http_request_duration_seconds_count", "path", PATHS, Shape::Count(20.0)),
    family("db_queries_total", "pool", POOLS, Shape::Count(75.0)),
    family("queue_messages_total", "topic", TOPICS, Shape::Count(4.0)),
    family("process_cpu_seconds_total", "mode", MODES, Shape::Seconds(0.3)),
    family("network_receive_bytes_total", "device", DEVICES, Shape::Count(90_000.0)),
    family("network_transmit_bytes_total", "device", DEVICES, Shape::Count(140_000.0)),
    family("process_memory_bytes", "area", AREAS, Shape::Bytes(180e6)),
    family("heap_used_bytes", "area", AREAS, Shape::Bytes(60e6)),
    family("cpu_usage_ratio", "mode", MODES, Shape::Ratio),
    family("disk_usage_ratio", "device", DEVICES, Shape::Ratio),
    family("queue_depth", "topic", TOPICS, Shape::Whole(35.0)),
    family("open_connections", "pool", POOLS, Shape::Whole(120.0)),
    family("threads", "pool", POOLS, Shape::Whole(16.0)),
    family("http_latency_seconds", "path", PATHS, Shape::Digits(0.08)),
    family("memory_limit_bytes", "area", AREAS, Shape::Fixed(536_870_912.0)),
    family("build_info", "pool", POOLS, Shape::Fixed(1.0)),
];

/// Where the series numbered `series` belongs.
#[must_use]
pub fn instance_of(series: usize) -> usize {
    series / PER_INSTANCE
}

/// The address that instance `instance` is known by.
#[must_use]
pub fn address(instance: usize) -> String {
    format!("10.{}.{}.{}:9100", instance / 10_000, instance / 100 % 100, instance % 100)
}

/// What the values of the series numbered `series` look like.
#[must_use]
pub fn shape(series: usize) -> Shape {
    let within = series % PER_INSTANCE;
    // Of the variants of a counter the first is busy and the last hardly moves, as with status codes.
    let rarer = 4_f64.powi(-i32::try_from(within % VARIANTS).unwrap_or(0));
    match FAMILIES[within / VARIANTS].shape {
        Shape::Count(rate) => Shape::Count(rate * rarer),
        Shape::Seconds(rate) => Shape::Seconds(rate * rarer),
        other => other,
    }
}

/// The name and eight labels of the series numbered `series`, sorted by name.
#[must_use]
pub fn labels(series: usize) -> Vec<(&'static str, String)> {
    let (instance, within) = (instance_of(series), series % PER_INSTANCE);
    let family = &FAMILIES[within / VARIANTS];
    let (job, namespace) = JOBS[instance % JOBS.len()];
    let pod = instance.wrapping_mul(2_654_435_761) % 0x00ff_ffff;
    let mut labels = vec![
        ("__name__", family.name.to_owned()),
        ("cluster", "seoul-1".to_owned()),
        ("container", job.to_owned()),
        ("instance", address(instance)),
        ("job", job.to_owned()),
        ("namespace", namespace.to_owned()),
        ("node", format!("node-{:04}", instance / 20)),
        ("pod", format!("{job}-7c9f8d-{pod:06x}")),
        (family.label, family.variants[within % VARIANTS].to_owned()),
    ];
    labels.sort_unstable();
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn series_differ_and_have_eight_labels() {
        let all: HashSet<_> = (0..20_000).map(labels).collect();
        assert_eq!(all.len(), 20_000);
        assert!(all.iter().all(|labels| labels.len() == 9 && labels.windows(2).all(|pair| pair[0].0 < pair[1].0)));
    }

    #[test]
    fn a_series_reads_like_one() {
        let text: Vec<_> = labels(1_203).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        insta::assert_snapshot!(text.join(" "), @"__name__=http_requests_total cluster=seoul-1 code=500 container=checkout instance=10.0.0.12:9100 job=checkout namespace=shop node=node-0000 pod=checkout-7c9f8d-99bbb6");
    }
}
