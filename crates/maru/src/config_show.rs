//! `maru config show`.

use crate::configuration::Settings;
use serde_json::{Value, json};

/// Every setting, its value without secrets, and where it comes from.
#[must_use]
pub fn config_show(settings: &Settings) -> Value {
    let settings = settings
        .all()
        .map(|(key, value, origin)| json!({"key": key.path, "value": value, "from": origin.to_string(), "variable": key.variable()}));
    json!({ "settings": settings.collect::<Vec<_>>() })
}
