//! Settings as a person may see them: with where they come from, and without secrets.

use super::{key::Key, layer};
use figment::{Metadata, Source, value::Value};
use maru_kernel::REDACTED;
use std::{fmt, path::PathBuf};
use url::Url;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl Origin {
    pub(super) fn of(metadata: Option<&Metadata>, key: &Key) -> Self {
        let Some(metadata) = metadata else {
            return Self::Default;
        };
        match (&metadata.source, metadata.name.as_ref()) {
            (Some(Source::File(path)), _) => Self::File(path.clone()),
            (_, layer::ENVIRONMENT) => Self::Environment(key.variable()),
            (_, layer::FLAG) => Self::Flag(key.flag.unwrap_or(key.path)),
            _ => Self::Default,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => write!(f, "flag --{flag}"),
        }
    }
}

/// `value` as JSON, secrets taken out.
pub(super) fn json_of(value: &Value) -> serde_json::Value {
    without_secrets(serde_json::to_value(value).unwrap_or_default())
}

/// `value` as text, secrets taken out.
pub(super) fn text_of(path: &str, value: &Value) -> String {
    match json_of(value) {
        serde_json::Value::String(text) => text,
        // The default for the data folder is the one that may be missing.
        serde_json::Value::Null => format!("no `{path}`"),
        other => other.to_string(),
    }
}

fn without_secrets(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => Json::String(without_password(text)),
        Json::Array(items) => items.into_iter().map(without_secrets).collect(),
        Json::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, without_secrets(value))).collect::<serde_json::Map<_, _>>().into()
        }
        other => other,
    }
}

/// An address without its password, and without query parameters that sound like one.
fn without_password(text: String) -> String {
    if !text.contains("://") {
        return text;
    }
    let Ok(mut url) = Url::parse(&text) else {
        return if text.contains('@') { REDACTED.to_owned() } else { text };
    };
    let secret = |name: &str| ["password", "secret", "token", "key"].iter().any(|word| name.to_lowercase().contains(word));
    let has_secret_parameter = url.query_pairs().any(|(name, _)| secret(&name));
    if url.password().is_none() && !has_secret_parameter {
        return text;
    }
    if url.password().is_some() && url.set_password(Some("redacted")).is_err() {
        return REDACTED.to_owned();
    }
    if has_secret_parameter {
        let parameters: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.to_string(), if secret(&name) { "redacted".to_owned() } else { value.to_string() }))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(parameters);
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_secret() {
        let shown = |text: &str| without_password(text.to_owned());
        assert_eq!(shown("postgres://maru:hunter2@db/maru"), "postgres://maru:redacted@db/maru");
        assert_eq!(shown("postgres://db/maru?user=maru&password=hunter2"), "postgres://db/maru?user=maru&password=redacted");
        assert_eq!(shown("s3://bucket/prefix"), "s3://bucket/prefix");
        assert_eq!(shown("postgres://maru:hunter2@[db/maru"), REDACTED);
        assert_eq!(shown("127.0.0.1:7171"), "127.0.0.1:7171");
    }
}
