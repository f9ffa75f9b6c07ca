//! Keeps secrets out of what is written down.

use serde_json::Value;

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// The input of an operation with every property that its schema marks `writeOnly` replaced by [`REDACTED`].
#[must_use]
pub fn redact(input: &Value, schema: &Value) -> Value {
    let Value::Object(fields) = input else {
        return input.clone();
    };
    let properties = &schema["properties"];
    fields
        .iter()
        .map(|(name, value)| {
            let secret = properties[name]["writeOnly"] == Value::Bool(true);
            (name.clone(), if secret && !value.is_null() { REDACTED.into() } else { value.clone() })
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}
