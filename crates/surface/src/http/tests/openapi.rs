//! The description of the API.

use super::house::{House, get, registry_of_notes};
use crate::http::openapi;
use axum::http::header;
use serde_json::Value;

#[test]
fn an_operation_is_described_by_its_types() {
    let document = openapi(&registry_of_notes());
    let mut post = document["paths"]["/api/v1/note/write"]["post"].clone();
    let responses = post.as_object_mut().unwrap().remove("responses").unwrap();
    let post = serde_json::to_string(&post).unwrap();
    insta::assert_snapshot!(post, @r##"{"operationId":"note.write","tags":["note"],"summary":"Writes a note on the wall.","description":"Writes a note on the wall.\n\nIt stays there.","x-maru-effect":"change","x-maru-deadline-seconds":30,"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/NoteWriteInput"}}}}}"##);
    let statuses: Vec<_> = responses.as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(statuses.join(" "), @"200 400 401 403 404 408 409 413 415 421 422 429 500 503 504");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    insta::assert_snapshot!(schemas.keys().map(String::as_str).collect::<Vec<_>>().join(" "), @"Author Event NoteWriteInput NoteWriteOutput PrincipalKind Problem Role Session SessionCode SessionPassword SessionPrincipal WallBreakInput WallBreakOutput");
    insta::assert_snapshot!(schemas["NoteWriteOutput"], @r##"{"type":"object","properties":{"number":{"type":"integer","format":"uint64","minimum":0,"description":"Which one it is."},"text":{"type":"string","description":"What it says."},"by":{"$ref":"#/components/schemas/Author","description":"Who wrote it."}},"required":["number","text","by"],"description":"A note."}"##);
}

#[tokio::test]
async fn every_reference_has_a_target() {
    let house = House::new().await;
    let answer = house.send(get("/api/v1/openapi.json")).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    let document = answer.json().await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
