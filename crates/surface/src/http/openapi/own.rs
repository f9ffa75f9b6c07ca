//! The addresses that are not operations: signing in, live events, health, and what others send in.

use super::{components::Components, paths::responses};
use crate::http::session::{Code, Password, Session};
use serde_json::{Map, Value, json};

/// All of them, as path items.
pub(super) fn paths(components: &mut Components) -> Map<String, Value> {
    let mut paths = Map::new();
    paths.extend(session(components));
    paths.extend(live(components));
    paths.extend(health());
    paths.extend(ingest());
    paths
}

fn session(components: &mut Components) -> Vec<(String, Value)> {
    let session = components.add_type::<Session>("Session");
    let password = components.add_type::<Password>("SessionPassword");
    let code = components.add_type::<Code>("SessionCode");
    let signed_in = json!({"description": "Who is signed in.", "content": {"application/json": {"schema": session}}});
    let sign_in = |id: &str, summary: &str, body: Value| {
        json!({
            "operationId": id, "tags": ["session"], "summary": summary, "security": [],
            "requestBody": {"required": true, "content": {"application/json": {"schema": body}}},
            "responses": responses(signed_in.clone(), &["400", "401", "403", "408", "413", "415", "421", "422", "429", "500", "503"]),
        })
    };
    let mut sign_out = responses(Value::Null, &["401", "403", "421", "500", "503"]);
    if let Some(answers) = sign_out.as_object_mut() {
        answers.remove("200");
        answers.insert("204".into(), json!({"description": "Signed out."}));
    }
    let of_browsers = json!([{"session": [], "csrf": []}]);
    vec![
        (
            "/api/v1/session".into(),
            json!({
                "get": {
                    "operationId": "session.show", "tags": ["session"], "summary": "Says who is signed in.", "security": [{"session": []}],
                    "responses": responses(signed_in.clone(), &["401", "421", "500", "503"]),
                },
                "post": sign_in("session.sign-in", "Signs in by password.", password),
                "delete": {"operationId": "session.sign-out", "tags": ["session"], "summary": "Signs out.", "security": of_browsers, "responses": sign_out},
            }),
        ),
        (
            "/api/v1/session/link".into(),
            json!({"post": sign_in("session.sign-in-by-link", "Signs in by the code of a one-time link.", code)}),
        ),
    ]
}

fn live(components: &mut Components) -> Vec<(String, Value)> {
    let event = components.add(
        "Event",
        json!({
            "type": "object",
            "description": "Something that happened. The name of the server-sent event is its `kind`.",
            "properties": {
                "kind": {"type": "string", "description": "What happened, such as `AnomalyOpened`."},
                "time": {"type": "string", "format": "date-time", "description": "When it happened."},
                "key": {"type": "string", "description": "What it happened to, such as a series."},
                "data": {"description": "The record, as the table that holds it would show it."},
            },
            "required": ["kind", "time", "key", "data"],
        }),
    );
    let many = |name: &str, description: &str| json!({"name": name, "in": "query", "description": description, "explode": true, "schema": {"type": "array", "items": {"type": "string"}}});
    vec![(
        "/api/v1/events".into(),
        json!({"get": {
            "operationId": "event.follow", "tags": ["event"], "summary": "Follows what happens, as server-sent events.",
            "security": [{"token": []}, {"session": []}],
            "parameters": [many("kind", "Only events of these kinds."), many("key", "Only events about these. `SampleJudged` is only sent for keys named here.")],
            "responses": responses(
                json!({"description": "Events as they happen. A reader that is too slow gets `lagged`, and connects anew.", "content": {"text/event-stream": {"schema": event}}}),
                &["401", "403", "421", "422", "429", "500", "503"],
            ),
        }}),
    )]
}

fn health() -> Vec<(String, Value)> {
    let plain = |id: &str, summary: &str, security: Value, failures: &[&str]| {
        let text = json!({"description": "As it should be.", "content": {"text/plain": {"schema": {"type": "string"}}}});
        json!({"get": {"operationId": id, "tags": ["health"], "summary": summary, "security": security, "responses": responses(text, failures)}})
    };
    vec![
        ("/healthz".into(), plain("health.alive", "Says whether Maru lives.", json!([]), &["421"])),
        ("/readyz".into(), plain("health.ready", "Says whether Maru can serve.", json!([]), &["421", "503"])),
        (
            "/metrics".into(),
            plain(
                "health.metrics",
                "Maru's own figures, in the text format of Prometheus.",
                json!([{}, {"token": []}]),
                &["401", "403", "421"],
            ),
        ),
    ]
}

fn ingest() -> Vec<(String, Value)> {
    let post = |id: &str, summary: &str, content: Value, success: (&str, Value)| {
        json!({"post": {
            "operationId": id, "tags": ["ingest"], "summary": summary, "security": [{}, {"token": []}],
            "requestBody": {"required": true, "content": content},
            "responses": {
                (success.0): success.1,
                "4XX": {"description": "Refused; the body says why."},
                "5XX": {"description": "Not kept; to be sent again after `Retry-After`."},
            },
        }})
    };
    let message = || json!({"schema": {}});
    vec![
        (
            "/api/v1/write".into(),
            post(
                "ingest.remote-write",
                "Takes in Prometheus remote write 1.0 or 2.0, packed with snappy.",
                json!({"application/x-protobuf": message()}),
                ("204", json!({"description": "All of it is stored."})),
            ),
        ),
        (
            "/v1/metrics".into(),
            post(
                "ingest.otlp",
                "Takes in OTLP metrics; gzip is understood.",
                json!({"application/x-protobuf": message(), "application/json": message()}),
                (
                    "200",
                    json!({"description": "Stored, but for what `partial_success` names.", "content": {"application/x-protobuf": message(), "application/json": message()}}),
                ),
            ),
        ),
    ]
}
