//! Which names a listener on a loopback address answers to. A page from elsewhere whose name was made to point to this machine (DNS
//! rebinding) carries its own name, and is refused.

use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, Ipv6Addr};

/// Whom the request is addressed to: `host` or `host:port`. HTTP/2 has it in the target, HTTP/1.1 in a header.
pub(super) fn authority<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST).and_then(|host| host.to_str().ok()),
    }
}

/// Whether an authority names this very machine.
pub(super) fn is_this_machine(authority: &str) -> bool {
    if let Some(rest) = authority.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        return is_port(port) && address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let (host, port) = authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon));
    is_port(port) && (host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        for ours in ["localhost", "LOCALHOST:7171", "127.0.0.1:7171", "127.0.0.1", "[::1]:7171", "[::1]"] {
            assert!(is_this_machine(ours), "{ours}");
        }
        for theirs in [
            "evil.example",
            "localhost.evil.example:7171",
            "127.0.0.1.evil.example",
            "[::1].evil",
            "",
            "192.0.2.1",
            "localhost:evil",
            "user@localhost",
        ] {
            assert!(!is_this_machine(theirs), "{theirs}");
        }
    }
}
