//! The description of the API, OpenAPI 3.1, made from the registry. Pure.

mod components;
mod own;
mod paths;

use components::Components;
use maru_kernel::Registry;
use serde_json::{Map, Value, json};

/// Describes every operation of `registry`, and the addresses that are not operations.
#[must_use]
pub fn openapi(registry: &Registry) -> Value {
    let mut components = Components::default();
    let mut paths = Map::new();
    for entry in registry.operations() {
        paths.insert(format!("/api/v1/{}/{}", entry.noun(), entry.verb()), paths::operation(entry, &mut components));
    }
    paths.extend(own::paths(&mut components));
    let problem = components.add_type::<super::problem::ProblemBody<'_>>("Problem");
    let nouns: std::collections::BTreeSet<_> = registry.operations().map(maru_kernel::Entry::noun).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Maru",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every operation is a POST with a JSON object. Errors are `application/problem+json` (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": [], "csrf": []}],
        "tags": nouns.into_iter().map(|noun| json!({"name": noun})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": components.into_schemas(),
            "responses": {"Problem": {
                "description": "What went wrong.",
                "headers": {"Retry-After": {"description": "With 429 and 503: seconds to wait before the next try.", "schema": {"type": "integer"}}},
                "content": {"application/problem+json": {"schema": problem}},
            }},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token: `maru_…`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "maru", "description": "The cookie of a browser in which a person is signed in; its name ends in the port."},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-Maru-Csrf", "description": "Goes with the cookie: the session's `csrf`."},
            },
        },
    })
}
