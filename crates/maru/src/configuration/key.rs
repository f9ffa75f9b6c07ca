//! Every key there is: the one list that checking, defaults, the environment and `maru config show` go by.

use figment::value::Value;

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// Any text.
    Text,
    /// An address and a port.
    Address,
    /// Yes or no.
    Switch,
    /// A whole number.
    Count { least: u64, most: u64 },
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A list of Prometheus targets.
    Targets,
}

/// What holds unless something else is said.
#[derive(Clone, Copy, Debug)]
enum Default {
    Text(&'static str),
    Switch(bool),
    Count(u64),
    /// An empty list.
    Nothing,
    /// Found out from the environment.
    FoundOut,
}

/// Something that a person can set.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in the file: `watch.interval_seconds`.
    pub path: &'static str,
    /// What it holds.
    pub(super) expected: Expected,
    default: Default,
    /// The flag that sets it, where there is one.
    pub flag: Option<&'static str>,
}

impl Key {
    const fn new(path: &'static str, expected: Expected, default: Default) -> Self {
        Self { path, expected, default, flag: None }
    }

    const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("MARU_{}", self.path.replace('.', "_").to_uppercase())
    }

    /// What holds unless something else is said.
    pub(super) fn default_value(&self) -> Option<Value> {
        match self.default {
            Default::Text(text) => Some(text.into()),
            Default::Switch(switch) => Some(switch.into()),
            Default::Count(count) => Some(count.into()),
            Default::Nothing => Some(Vec::<Value>::new().into()),
            Default::FoundOut => None,
        }
    }

    /// `text` as this key's type; text where it does not fit, which is then refused with the rest.
    pub(super) fn parse(&self, text: &str) -> Value {
        let parsed = match self.expected {
            Expected::Switch => text.parse::<bool>().ok().map(Value::from),
            Expected::Count { .. } => text.parse::<u64>().ok().map(Value::from),
            Expected::Targets => text.parse::<Value>().ok(),
            Expected::Text | Expected::Address | Expected::OneOf(_) => None,
        };
        parsed.unwrap_or_else(|| text.into())
    }
}

const DAYS: Expected = Expected::Count { least: 1, most: 36_500 };
const BYTES: Expected = Expected::Count { least: 1 << 20, most: 1 << 40 };
const SECONDS: Expected = Expected::Count { least: 1, most: 86_400 };

/// Every key there is.
pub const KEYS: &[Key] = &[
    Key::new("data", Expected::Text, Default::FoundOut).flag("data"),
    Key::new("listen", Expected::Address, Default::Text("127.0.0.1:7171")).flag("listen"),
    Key::new("state", Expected::Text, Default::Text("")).flag("state"),
    Key::new("history", Expected::Text, Default::Text("")).flag("history"),
    Key::new("tls.certificate", Expected::Text, Default::Text("")).flag("tls-cert"),
    Key::new("tls.key", Expected::Text, Default::Text("")).flag("tls-key"),
    Key::new("tls.self_signed", Expected::Switch, Default::Switch(false)).flag("tls-self-signed"),
    Key::new("insecure_http", Expected::Switch, Default::Switch(false)).flag("insecure-http"),
    Key::new("open_ingest_on_loopback", Expected::Switch, Default::Switch(true)),
    Key::new("watch.host", Expected::Switch, Default::Switch(true)),
    Key::new("watch.interval_seconds", Expected::Count { least: 1, most: 3_600 }, Default::Count(5)),
    Key::new("watch.scrape", Expected::Targets, Default::Nothing),
    Key::new("retention.samples_days", DAYS, Default::Count(30)),
    Key::new("retention.bands_days", DAYS, Default::Count(30)),
    Key::new("log.format", Expected::OneOf(&["text", "json"]), Default::Text("text")),
    Key::new("log.level", Expected::OneOf(&["", "error", "warn", "info", "debug", "trace"]), Default::Text("")),
    Key::new("limits.memory_bytes", BYTES, Default::Count(512 << 20)),
    Key::new("limits.ingest_buffer_bytes", BYTES, Default::Count(256 << 20)),
    Key::new("limits.max_body_bytes", BYTES, Default::Count(16 << 20)),
    Key::new("limits.sql_seconds", SECONDS, Default::Count(30)),
    Key::new("limits.sql_rows", Expected::Count { least: 1, most: 10_000_000 }, Default::Count(100_000)),
    Key::new("history_flush_seconds", SECONDS, Default::Count(300)),
];

/// The key called `path`.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}
