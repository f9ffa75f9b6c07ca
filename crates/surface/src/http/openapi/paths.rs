//! An operation as a path.

use super::components::Components;
use maru_kernel::Entry;
use serde_json::{Map, Value, json};

/// The statuses with which an operation can fail.
const FAILURES: &[&str] = &["400", "401", "403", "404", "408", "409", "413", "415", "421", "422", "429", "500", "503", "504"];

/// The path item of an operation.
pub(super) fn operation(entry: &Entry, components: &mut Components) -> Value {
    let name = pascal(entry.name);
    let input = components.add(&format!("{name}Input"), object(&entry.input));
    let output = components.add(&format!("{name}Output"), object(&entry.output));
    let description = entry.input["description"].as_str().unwrap_or(&entry.summary);
    json!({"post": {
        "operationId": entry.name,
        "tags": [entry.noun()],
        "summary": entry.summary,
        "description": description,
        "x-maru-effect": entry.effect,
        "x-maru-deadline-seconds": entry.deadline.as_secs(),
        "requestBody": {"required": true, "content": {"application/json": {"schema": input}}},
        "responses": responses(json!({
            "description": "What it answers. With `Accept: text/event-stream`: events `progress`, then `result` or `error`.",
            "content": {"application/json": {"schema": output}, "text/event-stream": {"schema": {"type": "string"}}},
        }), FAILURES),
    }})
}

/// Responses: one for success, and the same problem for each failure.
pub(super) fn responses(success: Value, failures: &[&str]) -> Value {
    let mut responses = Map::new();
    responses.insert("200".into(), success);
    for status in failures {
        responses.insert((*status).into(), json!({"$ref": "#/components/responses/Problem"}));
    }
    responses.into()
}

/// A schema as an object: `true` allows anything, as `{}` does, and is less widely understood.
fn object(schema: &Value) -> Value {
    if schema.is_object() { schema.clone() } else { json!({}) }
}

/// `user.set-password` as `UserSetPassword`.
fn pascal(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    name.split(['.', '-', '_']).map(capital).collect()
}
