//! Which series say at a glance how the machine is.

/// The heading under which a series belongs on the overview, when it is one of the host's headline series: `cpu`,
/// `load`, `memory`, `disk`, `network` or `processes`. Several can have one heading: each interface, each direction.
///
/// Goes by name and labels only; whose host it is, is for the caller to check.
#[must_use]
pub fn headline(name: &str, labels: &[(&str, &str)]) -> Option<&'static str> {
    let label = |wanted: &str| labels.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    match name {
        "system_cpu_busy_ratio" => Some("cpu"),
        "system_cpu_load_average_1m" => Some("load"),
        "system_memory_utilization_ratio" => Some("memory"),
        "system_filesystem_utilization_ratio" => (label("mountpoint") == Some("/")).then_some("disk"),
        "system_network_io_bytes_total" => label("device").filter(|device| !is_virtual(device)).map(|_| "network"),
        "system_process_count" => Some("processes"),
        _ => None,
    }
}

/// Whether what goes through an interface goes through another one as well.
fn is_virtual(device: &str) -> bool {
    ["br-", "cni", "docker", "flannel", "ifb", "tun", "vir", "wg"].iter().any(|kind| device.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_root_and_the_real_interfaces() {
        let root = headline("system_filesystem_utilization_ratio", &[("host", "a"), ("mountpoint", "/")]);
        let boot = headline("system_filesystem_utilization_ratio", &[("host", "a"), ("mountpoint", "/boot")]);
        assert_eq!((root, boot), (Some("disk"), None));

        let card = headline("system_network_io_bytes_total", &[("device", "eth0"), ("direction", "receive")]);
        let bridge = headline("system_network_io_bytes_total", &[("device", "docker0"), ("direction", "receive")]);
        assert_eq!((card, bridge), (Some("network"), None));
    }

    #[test]
    fn goes_by_the_name_otherwise() {
        assert_eq!(headline("system_cpu_busy_ratio", &[("host", "a")]), Some("cpu"));
        assert_eq!(headline("system_cpu_utilization_ratio", &[("state", "user")]), None);
        assert_eq!(headline("system_process_count", &[]), Some("processes"));
    }
}
