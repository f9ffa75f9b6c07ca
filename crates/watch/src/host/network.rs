//! Traffic of the network interfaces: `/proc/net/dev`.

use super::emit::Emit;
use super::source::Source;

/// One interface since it came up: received, transmitted.
#[derive(Debug, PartialEq)]
struct Interface<'a> {
    device: &'a str,
    bytes: [f64; 2],
    packets: [f64; 2],
    errors: [f64; 2],
    dropped: [f64; 2],
}

fn parse_net_dev(text: &str) -> impl Iterator<Item = Interface<'_>> {
    text.lines().filter_map(parse_interface)
}

fn parse_interface(line: &str) -> Option<Interface<'_>> {
    let (device, rest) = line.rsplit_once(':')?;
    let mut numbers = [0.0; 12];
    let mut words = rest.split_ascii_whitespace();
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    let [bytes_in, packets_in, errors_in, dropped_in, _, _, _, _, bytes_out, packets_out, errors_out, dropped_out] = numbers;
    Some(Interface {
        device: device.trim(),
        bytes: [bytes_in, bytes_out],
        packets: [packets_in, packets_out],
        errors: [errors_in, errors_out],
        dropped: [dropped_in, dropped_out],
    })
}

impl Interface<'_> {
    /// Whether anything ever went through, and it is neither the machine's way to itself nor one container's end of
    /// a cable, of which there can be hundreds and none lasts.
    fn is_told(&self) -> bool {
        let passing = self.device == "lo" || ["veth", "cali", "lxc"].iter().any(|kind| self.device.starts_with(kind));
        !passing && self.packets != [0.0, 0.0]
    }
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    let Some(text) = source.read("proc/net/dev") else { return };
    for interface in parse_net_dev(text).filter(Interface::is_told) {
        for (way, direction) in ["receive", "transmit"].into_iter().enumerate() {
            let labels = [("device", interface.device), ("direction", direction)];
            emit.counter("system_network_io_bytes_total", "bytes", &labels, interface.bytes[way]);
            emit.counter("system_network_packets_total", "", &labels, interface.packets[way]);
            emit.counter("system_network_errors_total", "", &labels, interface.errors[way]);
            emit.counter("system_network_dropped_total", "", &labels, interface.dropped[way]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    #[test]
    fn tells_each_interface_that_was_used() {
        let machine = Machine::with(&[(
            "proc/net/dev",
            "Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
veth12:      10       1    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:359343404   12609    1    2    0     0          0         0  1060980    8188    3    4    0     0       0          0
",
        )]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        system_network_io_bytes_total {device=eth0 direction=receive} 359343404 counter bytes
        system_network_packets_total {device=eth0 direction=receive} 12609 counter -
        system_network_errors_total {device=eth0 direction=receive} 1 counter -
        system_network_dropped_total {device=eth0 direction=receive} 2 counter -
        system_network_io_bytes_total {device=eth0 direction=transmit} 1060980 counter bytes
        system_network_packets_total {device=eth0 direction=transmit} 8188 counter -
        system_network_errors_total {device=eth0 direction=transmit} 3 counter -
        system_network_dropped_total {device=eth0 direction=transmit} 4 counter -
        ");
    }

    #[test]
    fn an_alias_keeps_its_whole_name() {
        let line = "eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
        assert_eq!(parse_interface(line).map(|interface| interface.device), Some("eth0:1"));
    }

    #[test]
    fn a_short_line_is_left_out() {
        assert_eq!(parse_net_dev("eth0: 1 2 3\nnothing\n").count(), 0);
    }
}
