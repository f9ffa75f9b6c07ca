//! Where the program's log goes: standard error, as text or as objects.

use crate::configuration::LogFormat;
use std::io::{self, IsTerminal};
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging from `level` on. Only the first call counts.
pub fn start(format: LogFormat, level: &str) {
    let builder = fmt().with_env_filter(EnvFilter::new(directives(level))).with_writer(io::stderr);
    // A log that was started before stays.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).with_target(false).try_init(),
    };
}

/// The level for a command that was given `-v` so many times, where settings say nothing.
#[must_use]
pub fn level(configured: Option<&str>, default: &'static str, verbosity: u8) -> String {
    match verbosity {
        0 => configured.unwrap_or(default).to_owned(),
        1 if default == "warn" => "info".to_owned(),
        1 => "debug".to_owned(),
        _ => "trace".to_owned(),
    }
}

/// Libraries tell at most as much as is of use to somebody who runs Maru, and never what a query or a header holds.
fn directives(level: &str) -> String {
    let libraries = if level == "error" { "error" } else { "warn" };
    format!("{libraries},maru={level},maru_kernel={level},maru_store={level},maru_watch={level},maru_surface={level}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_told_on_request() {
        assert_eq!(level(None, "info", 0), "info");
        assert_eq!(level(Some("error"), "info", 0), "error");
        assert_eq!(level(None, "warn", 1), "info");
        assert_eq!(level(None, "info", 1), "debug");
        assert_eq!(level(Some("error"), "info", 2), "trace");
    }

    #[test]
    fn libraries_stay_quiet() {
        insta::assert_snapshot!(directives("debug"), @"warn,maru=debug,maru_kernel=debug,maru_store=debug,maru_watch=debug,maru_surface=debug");
    }
}
